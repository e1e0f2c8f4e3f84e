"""The HTML pages of an outlet."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.newsstand import noise
from services.newsstand.paper import Paper
from services.newsstand.story import Story


@cache
def templates() -> Environment:
    """Pages and feeds; both escape what they print."""
    loader = PackageLoader("services.newsstand", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def article(paper: Paper, story: Story, base: str) -> str:
    """A story's page in the outlet's layout; `base` is the outlet's address with its slash."""
    places = {place.replace("-", "_"): lines for place, lines in noise.places(paper, story).items()}
    return (
        templates()
        .get_template(f"{paper.layout}.html")
        .render(
            paper=paper,
            story=story,
            base=base,
            url=base + story.path.lstrip("/"),
            noise=places,
            ticker=("\u00a0 " * 4).join(places["ticker"]),
            source_url=f"https://{story.slug[:20].strip('-')}.example/{story.slug}",
            structured=_structured(paper, story, base),
        )
    )


def front(paper: Paper, title: str, base: str) -> str:
    """A page that only lists the outlet's stories."""
    return templates().get_template("front.html").render(paper=paper, title=title, base=base)


def absent(paper: Paper, status: int) -> str:
    return templates().get_template("absent.html").render(paper=paper, status=status)


def _structured(paper: Paper, story: Story, base: str) -> dict[str, object]:
    return {
        "@context": "https://schema.org",
        "@type": "LiveBlogPosting" if story.kind == "live" else "NewsArticle",
        "headline": story.title,
        "datePublished": story.published.isoformat(),
        "inLanguage": paper.language,
        "mainEntityOfPage": base + story.path.lstrip("/"),
        "author": [{"@type": "Person", "name": story.author}] if story.author else [],
        "publisher": {"@type": "Organization", "name": paper.name},
        "isAccessibleForFree": not story.shown,
    }
