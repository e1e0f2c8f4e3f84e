"""What benchmarks/search.py is made of: a corpus, engines, questions, and what became of them."""
