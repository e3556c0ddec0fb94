"""A Bot API server that answers over HTTP on the loopback, with faults to switch on.

Shapes and refusals follow https://core.telegram.org/bots/api.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from aiohttp import web

TOKEN = "123456:AAF-fake-token-of-the-fake-telegram-bot"  # noqa: S105
ME = {"id": 123456, "is_bot": True, "first_name": "Sathi", "username": "SathiTestBot",
      "can_join_groups": True, "can_read_all_group_messages": False,
      "supports_inline_queries": False}  # fmt: skip
_TAGS = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "code", "pre", "blockquote"}
_TAG = re.compile(r"<(?P<end>/?)(?P<name>[a-zA-Z-]*)(?P<rest>[^>]*)>?")
_POLL_SECONDS = 0.01
_UPDATE_KINDS = ("message", "edited_message", "callback_query", "poll_answer", "my_chat_member")


@dataclass(frozen=True)
class Call:
    """A request that arrived, whatever became of it."""

    method: str
    parameters: Mapping[str, Any]
    files: Mapping[str, tuple[str, bytes]]
    at: float

    @property
    def chat_id(self) -> int:
        return int(self.parameters["chat_id"])


@dataclass
class Fault:
    """What happens to a request.

    Attributes:
        status: error that is answered, 0 for none.
        description: its text.
        parameters: its ``parameters``.
        seconds: wait before the answer.
        takes_effect: whether the request does what it asks for all the same.
        hangs_up: whether the connection is closed without an answer.
    """

    status: int = 0
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    takes_effect: bool = False
    hangs_up: bool = False


def flood(seconds: int) -> Fault:
    return Fault(429, f"Too Many Requests: retry after {seconds}", {"retry_after": seconds})


def server_error(status: int = 500) -> Fault:
    return Fault(status, "Internal Server Error")


def late(seconds: float) -> Fault:
    """Return a fault that does the work, but answers too late."""
    return Fault(seconds=seconds, takes_effect=True)


def unreachable() -> Fault:
    """Return a fault that closes the connection without doing anything."""
    return Fault(hangs_up=True)


BLOCKED = Fault(403, "Forbidden: bot was blocked by the user")


class _Refusal(Exception):  # noqa: N818
    """An error that the Bot API answers."""

    def __init__(self, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.status = status
        self.description = description


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def parse_html(text: str) -> str:
    """Return the plain text of Telegram's HTML.

    Raises:
        _Refusal: as the Bot API refuses it.
    """
    plain, opened, position = [], [], 0
    for match in _TAG.finditer(text):
        plain.append(text[position : match.start()])
        position = match.end()
        offset = len(text[: match.start()].encode())
        name = match["name"].lower()
        if not match[0].endswith(">") or name not in _TAGS:
            raise _Refusal(
                "Bad Request: can't parse entities: Unsupported start tag "
                f'"{name}" at byte offset {offset}'
            )
        if not match["end"]:
            opened.append(name)
        elif not opened or opened.pop() != name:
            raise _Refusal(
                f"Bad Request: can't parse entities: Unexpected end tag at byte offset {offset}"
            )
    if opened:
        raise _Refusal(
            "Bad Request: can't parse entities: Can't find end tag corresponding to start tag "
            f'"{opened[-1]}"'
        )
    plain.append(text[position:])
    return unescape("".join(plain)).strip()


class FakeTelegram:
    """The server; use it in a ``with`` statement.

    Attributes:
        calls: every request, in order.
        commands: menus by language code, "" for everybody's.
        webhook: parameters of the webhook, None while there is none.
        messages: what the bot has sent and the chats show.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.commands: dict[str, list[dict[str, str]]] = {}
        self.webhook: dict[str, Any] | None = None
        self.messages: list[dict[str, Any]] = []
        self._updates: list[dict[str, Any]] = []
        self._pushed: list[dict[str, Any]] = []
        self._queries: set[str] = set()
        self._faults: list[tuple[str, int | None, Fault, int]] = []
        self._numbers = itertools.count(1)
        self._update_ids = itertools.count(7001)
        self._lock = threading.RLock()
        self._ready = threading.Event()
        self._port = 0

    # The server.

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> FakeTelegram:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self, port: int = 0) -> None:
        """Listen on a port, any free one by default."""
        self._port = port
        self._ready.clear()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    def close(self) -> int:
        """Stop listening and return the port; what is known is kept."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        return self._port

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        app = web.Application(client_max_size=64 * 1024**2)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self._port)
        await site.start()
        self._port = site._server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        form = await request.post() if request.method == "POST" else request.query
        files = {
            name: (value.filename, value.file.read())
            for name, value in form.items()
            if isinstance(value, web.FileField)
        }
        parameters = {k: _decoded(v) for k, v in form.items() if k not in files}
        method = request.match_info["method"]
        if request.match_info["token"] != TOKEN:
            return _error(401, "Unauthorized")
        with self._lock:
            self.calls.append(Call(method, parameters, files, time.monotonic()))
            fault = self._next_fault(method, parameters.get("chat_id")) or Fault()
        answer = None
        if fault.takes_effect or not (fault.status or fault.hangs_up):
            answer = await self._result(method, parameters, files)
        await asyncio.sleep(fault.seconds)
        if fault.hangs_up:
            request.transport.close()
        # An answer is a mapping, and an empty one at that.
        if answer is None:
            return _error(fault.status or 500, fault.description, fault.parameters)
        return answer

    async def _result(self, method: str, parameters: dict, files: dict) -> web.Response:
        try:
            if method == "getUpdates":
                result = await self._get_updates(parameters)
            else:
                with self._lock:
                    result = self._handlers()[method](parameters, files)
        except _Refusal as refusal:
            return _error(refusal.status, refusal.description)
        except KeyError:
            return _error(404, "Not Found")
        return web.json_response({"ok": True, "result": result})

    def _handlers(self) -> dict[str, Callable[[dict, dict], Any]]:
        return {
            "getMe": lambda *_: ME,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "setMyCommands": self._set_my_commands,
            "sendMessage": self._send_message,
            "editMessageText": self._edit_message_text,
            "sendPhoto": self._send_file,
            "sendDocument": self._send_file,
            "sendPoll": self._send_poll,
            "sendChatAction": lambda *_: True,
            "answerCallbackQuery": self._answer_callback_query,
        }

    # What tests say and ask.

    def fail(self, method: str, fault: Fault, times: int = 1, chat: int | None = None) -> None:
        """Let the next requests of a method meet a fault, of one chat or of all."""
        with self._lock:
            self._faults.append((method, chat, fault, times))

    def recover(self) -> None:
        """Take all faults back."""
        with self._lock:
            self._faults.clear()

    def _next_fault(self, method: str, chat_id: Any) -> Fault | None:
        for position, (name, chat, fault, times) in enumerate(self._faults):
            if name == method and chat in (None, chat_id):
                if times == 1:
                    del self._faults[position]
                else:
                    self._faults[position] = (name, chat, fault, times - 1)
                return fault
        return None

    def push(self, update: dict[str, Any]) -> dict[str, Any]:
        """Have an update fetched by long polling."""
        with self._lock:
            self._updates.append(update)
            self._pushed.append(update)
        return update

    def updates_seen(self) -> list[dict[str, Any]]:
        """Return every update that was pushed, confirmed or not."""
        with self._lock:
            return list(self._pushed)

    def update(self, **content: Any) -> dict[str, Any]:
        """Return an update with the next number; it is not pushed."""
        query = content.get("callback_query")
        if query:
            self._queries.add(query["id"])
        return {"update_id": next(self._update_ids), **content}

    def message(self, chat: int, text: str | None = None, **more: Any) -> dict[str, Any]:
        """Return a message of a user; negative chats are groups.

        ``user`` (id), ``language`` and any field of a message may be given.
        """
        user = more.pop("user", abs(chat))
        language = more.pop("language", "en")
        person = {"id": user, "is_bot": False, "first_name": "A", "language_code": language}
        kind = {"type": "private", "first_name": "A"}
        if chat < 0:
            kind = {"type": "supergroup", "title": "Office"}
        sent = {
            "message_id": next(self._numbers),
            "date": int(time.time()),
            "chat": {"id": chat, **kind},
            "from": person,
            **more,
        }
        if text is not None:
            sent["text"] = text
            sent.setdefault("entities", entities_of(text))
        return sent

    def say(self, chat: int, text: str | None = None, **more: Any) -> dict[str, Any]:
        """Push a message of a user."""
        return self.push(self.update(message=self.message(chat, text, **more)))

    def press(self, message: Mapping[str, Any], title: str, user: int | None = None) -> dict:
        """Push the press of a button below a message of the bot."""
        return self.push(self.pressed(message, title, user))

    def pressed(self, message: Mapping[str, Any], title: str, user: int | None = None) -> dict:
        """Return the press of a button; it is not pushed."""
        rows = message["reply_markup"]["inline_keyboard"]
        button = next(b for row in rows for b in row if b["text"] == title)
        query = {
            "id": f"query-{next(self._numbers)}",
            "from": {"id": user or abs(message["chat"]["id"]), "is_bot": False, "first_name": "A"},
            "chat_instance": "1",
            "message": dict(message),
            "data": button["callback_data"],
        }
        return self.update(callback_query=query)

    def vote(self, message: Mapping[str, Any], option: int, user: int) -> dict[str, Any]:
        """Push an answer to a poll."""
        answer = {
            "poll_id": message["poll"]["id"],
            "user": {"id": user, "is_bot": False, "first_name": "A"},
            "option_ids": [option],
            "option_persistent_ids": [str(option)],
        }
        return self.push(self.update(poll_answer=answer))

    def calls_of(self, method: str) -> list[Call]:
        with self._lock:
            return [call for call in self.calls if call.method == method]

    def texts(self, chat: int) -> list[str]:
        """Return the plain texts that a chat shows now, oldest first."""
        with self._lock:
            return [m["text"] for m in self.shown(chat) if "text" in m]

    def shown(self, chat: int) -> list[dict[str, Any]]:
        """Return the bot's messages that a chat shows now, oldest first."""
        with self._lock:
            return [m for m in self.messages if m["chat"]["id"] == chat]

    def fetched_all(self) -> bool:
        """Tell whether every pushed update was confirmed."""
        with self._lock:
            return not self._updates

    # The methods.

    async def _get_updates(self, parameters: dict) -> list[dict]:
        if self.webhook:
            raise _Refusal(
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
                409,
            )
        offset = int(parameters.get("offset") or 0)
        end = time.monotonic() + float(parameters.get("timeout") or 0)
        while True:
            with self._lock:
                self._updates = [u for u in self._updates if u["update_id"] >= offset]
                found = self._updates[: int(parameters.get("limit") or 100)]
            if found or time.monotonic() >= end or self._stop.is_set():
                return found
            await asyncio.sleep(_POLL_SECONDS)

    def _set_webhook(self, parameters: dict, _: dict) -> bool:
        if not str(parameters["url"]).startswith("https://"):
            raise _Refusal("Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        secret = parameters.get("secret_token", "")
        if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
            raise _Refusal("Bad Request: secret token contains unallowed characters")
        self.webhook = parameters
        return True

    def _delete_webhook(self, *_: dict) -> bool:
        self.webhook = None
        return True

    def _set_my_commands(self, parameters: dict, _: dict) -> bool:
        code = parameters.get("language_code", "")
        if code and not re.fullmatch(r"[a-z]{2}", code):
            raise _Refusal("Bad Request: invalid language code specified")
        for command in parameters["commands"]:
            if not re.fullmatch(r"/?[a-z0-9_]{1,32}", command["command"]):
                raise _Refusal("Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise _Refusal("Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self.commands[code] = parameters["commands"]
        return True

    def _send_message(self, parameters: dict, _: dict) -> dict:
        return self._add(parameters, **_text_of(parameters))

    def _edit_message_text(self, parameters: dict, _: dict) -> dict:
        found = [
            message
            for message in self.shown(int(parameters["chat_id"]))
            if message["message_id"] == int(parameters["message_id"])
        ]
        if not found:
            raise _Refusal("Bad Request: message to edit not found")
        changed = {**_text_of(parameters), **_markup_of(parameters)}
        message = found[0]
        if {name: message.get(name) for name in changed} == changed:
            raise _Refusal(
                "Bad Request: message is not modified: specified new message content and reply "
                "markup are exactly the same as a current content and reply markup of the message"
            )
        message.pop("reply_markup", None)
        message.update(changed, edit_date=int(time.time()))
        return message

    def _send_file(self, parameters: dict, files: dict) -> dict:
        if not files:
            raise _Refusal("Bad Request: there is no file in the request")
        name, content = next(iter(files.values()))
        file = {"file_id": "f", "file_unique_id": "u", "file_size": len(content)}
        if "photo" in (*parameters, *files):
            if not content.startswith((b"\x89PNG", b"\xff\xd8")):
                raise _Refusal("Bad Request: IMAGE_PROCESS_FAILED")
            return self._add(parameters, photo=[{**file, "width": 1, "height": 1}])
        return self._add(parameters, document={**file, "file_name": name})

    def _send_poll(self, parameters: dict, _: dict) -> dict:
        options = [option["text"] for option in parameters["options"]]
        if not 1 <= _length(parameters["question"]) <= 300:
            raise _Refusal("Bad Request: poll question length must not exceed 300")
        if not 1 <= len(options) <= 12:
            raise _Refusal("Bad Request: poll must have at most 12 options")
        if not all(1 <= _length(option) <= 100 for option in options):
            raise _Refusal("Bad Request: poll options length must not exceed 100")
        if _length(parameters.get("explanation", "")) > 200:
            raise _Refusal("Bad Request: explanation is too long")
        correct = parameters.get("correct_option_ids", [])
        if parameters.get("type") == "quiz" and not correct:
            raise _Refusal("Bad Request: there must be a correct option in the quiz")
        poll = {
            "id": f"55{next(self._numbers)}",
            "question": parameters["question"],
            "options": [
                {"persistent_id": str(i), "text": text, "voter_count": 0}
                for i, text in enumerate(options)
            ],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": bool(parameters.get("is_anonymous", True)),
            "type": parameters.get("type", "regular"),
            "allows_multiple_answers": False,
            "allows_revoting": False,
            "members_only": False,
            "correct_option_ids": correct,
            "explanation": parameters.get("explanation", ""),
        }
        return self._add(parameters, poll=poll)

    def _answer_callback_query(self, parameters: dict, _: dict) -> bool:
        if _length(parameters.get("text", "")) > 200:
            raise _Refusal("Bad Request: MESSAGE_TOO_LONG")
        if parameters["callback_query_id"] not in self._queries:
            raise _Refusal(
                "Bad Request: query is too old and response timeout expired or query ID is invalid"
            )
        self._queries.discard(parameters["callback_query_id"])
        return True

    def _add(self, parameters: dict, **content: Any) -> dict:
        chat_id = int(parameters["chat_id"])
        kind = {"type": "private"} if chat_id > 0 else {"type": "supergroup", "title": "Office"}
        message = {
            "message_id": next(self._numbers),
            "date": int(time.time()),
            "chat": {"id": chat_id, **kind},
            "from": ME,
            **content,
            **_markup_of(parameters),
        }
        self.messages.append(message)
        return message


def entities_of(text: str) -> list[dict[str, Any]]:
    """Return the commands and names in a text, as Telegram marks them."""
    found = []
    patterns = {"bot_command": r"(?<!\S)/\w+(?:@\w+)?", "mention": r"(?<!\S)@\w+"}
    for kind, pattern in patterns.items():
        for match in re.finditer(pattern, text):
            place = {"offset": _length(text[: match.start()]), "length": _length(match[0])}
            found.append({"type": kind, **place})
    return found


def wait_until(condition: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until something holds; fail when it takes too long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)


def _decoded(value: str) -> Any:
    """Return a parameter; objects and lists come as JSON."""
    if value[:1] in "[{" or value in ("true", "false"):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return int(value) if re.fullmatch(r"-?\d{1,18}", value) else value


def _text_of(parameters: dict) -> dict[str, Any]:
    text = str(parameters.get("text", ""))
    plain = parse_html(text) if parameters.get("parse_mode") == "HTML" else text.strip()
    if not plain:
        raise _Refusal("Bad Request: message text is empty")
    if _length(plain) > 4096:
        raise _Refusal("Bad Request: message is too long")
    return {"text": plain}


def _markup_of(parameters: dict) -> dict[str, Any]:
    markup = parameters.get("reply_markup")
    if not markup:
        return {}
    for button in _buttons(markup):
        data, url = button.get("callback_data"), button.get("url")
        if (data is None) == (url is None) or not button["text"]:
            raise _Refusal("Bad Request: can't parse inline keyboard button: Text buttons are "
                           "unallowed in the inline keyboard")  # fmt: skip
        if data is not None and not 1 <= len(data.encode()) <= 64:
            raise _Refusal("Bad Request: BUTTON_DATA_INVALID")
        if url is not None and not re.match(r"(https?|tg)://\S+", url):
            raise _Refusal(
                f"Bad Request: inline keyboard button URL '{url}' is invalid: Wrong HTTP URL"
            )
    return {"reply_markup": markup}


def _buttons(markup: dict) -> Iterator[dict]:
    for row in markup["inline_keyboard"]:
        yield from row


def _error(
    status: int, description: str, parameters: Mapping[str, Any] | None = None
) -> web.Response:
    body = {"ok": False, "error_code": status, "description": description}
    if parameters:
        body["parameters"] = dict(parameters)
    return web.json_response(body, status=status)
