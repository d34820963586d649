"""Opens files that hold their text as text: plain texts, and documents of offices, books and pages."""
