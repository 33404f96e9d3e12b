"""The report of a slide: one page for people, as HTML and PDF, and a table for programs."""
