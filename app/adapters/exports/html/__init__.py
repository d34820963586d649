"""Publications as pages of HTML that work from a disk, with a search of their own."""
