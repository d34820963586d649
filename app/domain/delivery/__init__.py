"""How a notice is sent: addresses of receivers, bodies and texts of messages, and the meaning of answers."""
