"""How the tables came to be, step by step; run by `contract.schema.migrate`, never by hand."""
