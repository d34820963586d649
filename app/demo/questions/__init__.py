"""The questions of the demo: their right answers, how they are asked, and a post that changes under an answer."""
