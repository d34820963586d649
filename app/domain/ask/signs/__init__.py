"""Signs of an order to a machine that answers questions: words and phrases in Russian, English and Ukrainian."""
