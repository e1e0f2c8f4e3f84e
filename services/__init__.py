"""vigie, a lookout over the news.

Feeds in, pages fetched politely, noise stripped with a reason for every cut, articles about the topic
kept and compared with everything before them, and out comes one ordered stream that never misses or
doubles an article: fetcher → clean queue → cleaner → index queue → indexer → events → search and stream.
"""
