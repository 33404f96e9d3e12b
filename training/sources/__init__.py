"""What is known about pictures of blood before they are prepared: one small reader for each kind of folder."""
