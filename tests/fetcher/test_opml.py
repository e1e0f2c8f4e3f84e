"""OPML in and out: lists as other readers write them, damaged and hostile ones too."""

import io
import sys
import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cli import main
from services.contracts import Outlet
from services.fetcher import opml, outlets
from services.fetcher.opml import NotOpml, Outline

LIST = """<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0"><head><title>My feeds</title></head><body>
 <outline text="News" title="News">
  <outline text="Вісті" title="Вісті" type="rss" xmlUrl="https://visti.example/rss" htmlUrl="https://visti.example/" language="uk"/>
  <outline text="Kraj"><outline text="Wieści" xmlUrl="https://wiesci.example/a?x=1&amp;y=2"/></outline>
 </outline>
 <outline text="Вісті" type="rss" xmlUrl="https://visti.example/world/rss" htmlUrl="https://visti.example/"/>
</body></opml>
"""  # noqa: E501

POST = ("https://post.example/a?b=1&c=2",)
VISTI = ("https://visti.example/1", "https://visti.example/2")
WHOLE = (
    Outlet("the-post", "The “Post” & <Co>", "https://post.example/", POST, "en", "GB", "agency", True),
    Outlet("visti", "Вісті", "https://visti.example/", VISTI, "uk", "UA"),
    Outlet("akhbar", "أخبار", "https://akhbar.example/", ("http://akhbar.example/rss",), "ar"),
)


def opml_of(*outlines):
    return f"<opml version='2.0'><body>{''.join(outlines)}</body></opml>".encode()


def feeds_of(body):
    return [outline.feed for outline in opml.parse(body).outlines]


def test_subscriptions_are_read_from_every_folder():
    read = opml.parse(LIST.encode())
    assert read.problem is None
    assert read.outlines == [
        Outline("Вісті", "https://visti.example/rss", "https://visti.example/", "uk"),
        Outline("Wieści", "https://wiesci.example/a?x=1&y=2"),
        Outline("Вісті", "https://visti.example/world/rss", "https://visti.example/"),
    ]


def test_feeds_of_one_name_and_home_are_one_outlet():
    first, second = opml.to_outlets(opml.parse(LIST.encode()).outlines)
    assert first.feeds == ("https://visti.example/rss", "https://visti.example/world/rss")
    assert (first.id, first.language, first.url) == ("visti-example", "uk", "https://visti.example/")
    assert (second.id, second.name, second.url) == ("wiesci", "Wieści", "https://wiesci.example/")


def test_what_is_written_is_read_as_the_same_outlets():
    assert tuple(opml.to_outlets(opml.parse(opml.write(WHOLE, "All & more").encode()).outlines)) == WHOLE


def test_entries_of_the_outlets_file_are_read_as_the_same_outlets():
    full = Outlet(
        "full",
        'A "name" \\ more',
        "https://a.example/",
        ("https://a.example/f",),
        "pl",
        "PL",
        "blog",
        True,
        interval_min=90.0,
        interval_max=900.5,
        noise=("Czytaj też", "tab\there", "\x7f"),
        headers=(("x-key", 'a"b'),),
    )
    assert outlets.load("\n".join(map(outlets.write, (*WHOLE, full)))) == (*WHOLE, full)


def test_what_is_known_is_not_taken_again_and_ids_stay_free():
    known = (Outlet("visti-example", "Other", "https://o.example/", ("https://VISTI.example/rss?utm_source=x",)),)
    made = opml.to_outlets(opml.parse(LIST.encode()).outlines, known)
    assert [(each.id, each.feeds) for each in made] == [
        ("wiesci", ("https://wiesci.example/a?x=1&y=2",)),
        ("visti-example-2", ("https://visti.example/world/rss",)),
    ]


@pytest.mark.parametrize(
    ("outline", "feeds"),
    [
        ('<outline xmlUrl="https://a.example/?x=1&y=2"/>', ["https://a.example/?x=1&y=2"]),
        ('<outline text="Caf&eacute; &nbsp;&amp; &lt;b&gt;" xmlUrl="https://a.example/"/>', ["https://a.example/"]),
        ("<OUTLINE XMLURL='https://a.example/'/>", ["https://a.example/"]),
        ('<outline xmlUrl=" feed://a.example/rss "/>', ["http://a.example/rss"]),
        ('<outline xmlUrl="feed:https://a.example/rss"/>', ["https://a.example/rss"]),
        ('<outline xmlUrl="javascript:1"/><outline xmlUrl="https://a.example/"/>', ["https://a.example/"]),
        ('<outline xmlUrl="https://a.example/"/><outline xmlUrl="https://b.example/"', ["https://a.example/"]),
        ('<outline xmlUrl="https://a.example/"/></nothing>', ["https://a.example/"]),
    ],
)
def test_lists_as_they_are_found_give_what_can_be_read(outline, feeds):
    assert feeds_of(opml_of(outline)) == feeds


def test_windows_1251_and_damage_are_told_of():
    body = (
        '<?xml version="1.0" encoding="windows-1251"?>'
        + opml_of(
            '<outline text="Українські новини" xmlUrl="https://a.example/"/><outline xmlUrl="ftp://b.example/"/>'
        ).decode()
    )
    read = opml.parse(body.encode("windows-1251"))
    assert read.outlines[0].title == "Українські новини"
    assert read.problem == "1 without a web address"


@pytest.mark.parametrize(
    "body",
    [b"", b"\x00\xff" * 100, b"<rss/>", b"<html><outline xmlUrl='https://a.example/'/></html>", opml_of(), b"<opml"],
)
def test_anything_else_is_refused(body):
    with pytest.raises(NotOpml):
        opml.parse(body)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 30))
OPEN = "<outline xmlUrl='https://a.example/'/>"


@pytest.mark.parametrize(
    ("doctype", "text"),
    [
        (f'<!DOCTYPE opml [<!ENTITY l0 "ha">{LAUGHS}]>', "&l29;"),
        ('<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "&x;"),
        ('<!DOCTYPE opml SYSTEM "http://127.0.0.1:9/x.dtd">', "plain"),
    ],
    ids=["laughs", "file", "remote"],
)
def test_entities_and_dtds_never_take_effect(doctype, text):
    document = f'{doctype}<opml><body><outline text="{text}" {OPEN[9:]}</body></opml>'
    (outline,) = opml.parse(document.encode()).outlines
    assert outline.title == text


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (opml_of(OPEN, "<outline>" * 20_000), "folders deeper than 100"),
        (opml_of(*(f"<outline xmlUrl='https://a.example/{n}'/>" for n in range(10_050))), "the first 10000 were read"),
        (opml_of(OPEN, "&" * 200_000, "&a" * 100_000, "&#" * 100_000), None),
        (opml_of(OPEN, "<!DOCTYPE x [<!ENTITY a 'b'>]>"), "not well-formed"),
        (opml_of(OPEN, f"<outline {' '.join(f'a{n}=' + repr('x') for n in range(20_000))}/>"), None),
    ],
    ids=["deep", "many", "ampersands", "late DTD", "attributes"],
)
def test_a_hostile_list_is_bounded(body, said):
    began = time.process_time()
    read = opml.parse(body)
    assert (said is None and read.problem is None) or said in read.problem
    assert time.process_time() - began < 5


def test_a_list_of_more_than_ten_megabytes_is_not_read():
    with pytest.raises(NotOpml, match="more than 10000000 bytes"):
        opml.parse(opml_of(OPEN) + b" " * opml.MAX_BYTES)


@given(st.text(max_size=60), st.text(max_size=30), st.text(max_size=30))
def test_whatever_a_list_says_becomes_entries_that_load(title, category, host):
    written = [
        Outline(title, f"https://a.example/{number}", None, None, (category, f"/id/{host}")) for number in range(3)
    ]
    read = opml.to_outlets(written)
    assert sum(len(each.feeds) for each in read) == 3
    assert outlets.load("\n".join(map(outlets.write, read)))


# The commands


@pytest.fixture
def listed(tmp_path):
    file = tmp_path / "feeds.opml"
    file.write_text(LIST, encoding="utf-8")
    return file


def test_import_prints_entries(listed, capsys):
    assert main(["outlets", "import", str(listed)]) == 0
    told = capsys.readouterr()
    assert [each["id"] for each in tomllib.loads(told.out)["outlet"]] == ["visti-example", "wiesci"]
    assert "3 subscriptions; 3 feeds of 2 outlets are new" in told.err


def test_import_reads_stdin_too(listed, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(listed.read_bytes())))
    assert main(["outlets", "import", "-"]) == 0
    assert "visti-example" in capsys.readouterr().out


def test_import_into_a_file_keeps_every_byte_of_it_and_adds_once(listed, tmp_path, capsys):
    file = tmp_path / "outlets.toml"
    before = "# mine\n" + outlets.write(WHOLE[0]) + '# the last line has no end\nheaders = { X-Key = "1" } # secret'
    file.write_text(before, encoding="utf-8")
    assert main(["outlets", "import", str(listed), "--into", str(file)]) == 0
    after = file.read_text(encoding="utf-8")
    assert after.startswith(before)
    assert [each.id for each in outlets.load(after)] == ["the-post", "visti-example", "wiesci"]
    assert main(["outlets", "import", str(listed), "--into", str(file)]) == 0
    assert file.read_text(encoding="utf-8") == after
    assert "0 feeds of 0 outlets are new" in capsys.readouterr().err


def test_import_into_a_file_that_is_not_there_makes_it(listed, tmp_path):
    file = tmp_path / "new.toml"
    assert main(["outlets", "import", str(listed), "--into", str(file)]) == 0
    assert len(outlets.load(file.read_text(encoding="utf-8"))) == 2


def test_import_leaves_a_broken_outlets_file_alone(listed, tmp_path, capsys):
    file = tmp_path / "outlets.toml"
    file.write_text("[[outlet]]\nid = 1\n")
    assert main(["outlets", "import", str(listed), "--into", str(file)]) == 78
    assert file.read_text() == "[[outlet]]\nid = 1\n"
    assert "is left as it is" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["import"], 2, "takes one OPML file"),
        (["import", "a", "b"], 2, "takes one OPML file"),
        (["import", "/nowhere/feeds.opml"], 1, "cannot be read"),
        (["import", "/dev/null"], 1, "is no OPML"),
        (["export", "x"], 2, "takes no names"),
    ],
)
def test_what_cannot_be_done_says_why(arguments, code, said, capsys):
    assert main(["outlets", *arguments]) == code
    assert said in capsys.readouterr().err


def test_export_gives_what_import_takes(tmp_path, capsys):
    file = tmp_path / "outlets.toml"
    file.write_text("\n".join(map(outlets.write, WHOLE)), encoding="utf-8")
    assert main(["outlets", "export", "--outlets", str(file)]) == 0
    exported = tmp_path / "out.opml"
    exported.write_text(capsys.readouterr().out, encoding="utf-8")
    assert main(["outlets", "import", str(exported)]) == 0
    assert outlets.load(capsys.readouterr().out) == WHOLE
