"""One module a file format; ``knowledge_base.ingest.parsing`` chooses among them."""
