"""Pages in the markup of real portals, written for these tests: invented articles with known noise around them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """`body` are the passages that must stay, `noise` the passages that must go, with the kind of each."""

    html: str
    url: str
    title: str
    body: tuple[str, ...]
    noise: tuple[tuple[str, str], ...]


FRENCH = Layout(
    url="https://gazette.example/monde/le-pont-de-valmont-rouvre-12345.html",
    title="Le pont de Valmont rouvre après deux ans de travaux",
    body=(
        "Fermé depuis la crue de 2021, l'ouvrage a été rendu à la circulation lundi matin par la région.",
        "Le premier camion a franchi le pont à six heures, sous les applaudissements d'une centaine d'habitants.",
        "Un chantier hors norme",
        "Les ingénieurs ont remplacé les quatre piles et coulé neuf mille tonnes de béton, a précisé la préfète.",
        "« Nous avons attendu ce jour longtemps », a déclaré le maire, Paul Servin.",
        "Trois millions d'euros restent à financer, selon la région, qui promet une réponse avant l'été.",
    ),
    noise=(
        ("Les pluies reviennent sur le littoral", "ticker"),
        ("Par Anne Durand", "byline"),
        ("La préfète sur le tablier du pont, lundi. Photo : AFP", "caption"),
        ("Lire aussi : Crue de 2021, le récit d'une nuit", "related"),
        ("Publicité", "ad-label"),
        ("Inscrivez-vous à notre newsletter pour ne rien manquer", "newsletter"),
        ("Laisser un commentaire", "comment-form"),
        ("Votre adresse e-mail ne sera pas publiée.", "comment-form"),
    ),
    html="""<!doctype html><html lang="fr-FR"><head><meta charset="utf-8">
<title>Le pont de Valmont rouvre après deux ans de travaux | La Gazette</title>
<meta property="og:site_name" content="La Gazette">
<meta name="description"
content="Fermé depuis la crue de 2021, l'ouvrage a été rendu à la circulation lundi matin par la région.">
<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"NewsArticle",
"headline":"Le pont de Valmont rouvre après deux ans de travaux","datePublished":"2023-05-15T07:40:00+02:00",
"author":{"@type":"Person","name":"Anne Durand"}}]}</script></head><body class="single single-post">
<header><nav><a href="/">Accueil</a> <a href="/monde">Monde</a></nav></header>
<div class="flash">Les pluies reviennent sur le littoral &nbsp;&nbsp;&nbsp; Le budget de la ville est adopté sans débat
&nbsp;&nbsp;&nbsp; Grève des trains : le trafic reprend mardi &nbsp;&nbsp;&nbsp; Une exposition sur les ponts
&nbsp;&nbsp;&nbsp; Le club perd encore à domicile &nbsp;&nbsp;&nbsp; Six idées pour le week-end</div>
<main><article><h1>Le pont de Valmont rouvre après deux ans de travaux</h1>
<p class="chapo">Fermé depuis la crue de 2021, l'ouvrage a été rendu à la circulation lundi matin par la région.</p>
<p>Par Anne Durand</p>
<figure><img src="a.jpg"><figcaption>La préfète sur le tablier du pont, lundi. Photo : AFP</figcaption></figure>
<div class="entry-content"><p>Le premier camion a franchi le pont à six heures, sous les applaudissements d'une
centaine d'habitants.</p>
<p>Publicité</p>
<h2>Un chantier hors norme</h2>
<p>Les ingénieurs ont remplacé les quatre piles et coulé neuf mille tonnes de béton, a précisé la préfète.</p>
<p><strong>Lire aussi : <a href="/crue">Crue de 2021, le récit d'une nuit</a></strong></p>
<blockquote><p>« Nous avons attendu ce jour longtemps », a déclaré le maire, Paul Servin.</p></blockquote>
<p>Trois millions d'euros restent à financer, selon la région, qui promet une réponse avant l'été.</p>
<p>Inscrivez-vous à notre newsletter pour ne rien manquer</p></div></article>
<section><h3>Laisser un commentaire</h3><p>Votre adresse e-mail ne sera pas publiée.</p></section></main>
<footer>© La Gazette</footer></body></html>""",
)

UKRAINIAN = Layout(
    url="https://visnyk.example/news/2023/03/07/7392",
    title="У Вербівці відновили міст через річку",
    body=(
        "Рух мостом через річку у Вербівці відкрили у вівторок уранці, повідомила обласна рада.",
        "Ремонт тривав два роки й коштував 40 мільйонів гривень, ідеться в повідомленні.",
        "«Ми чекали на це дуже довго», — сказав голова громади В.Коваленко.",
        "будівельники замінили чотири опори",
        "покладено 900 метрів нового полотна",
        "Нагадаємо, міст закрили після повені 2021 року.",
    ),
    noise=(
        ("Читайте також: Повінь 2021 року: як це було", "related"),
        ("Підписуйтесь на наш Telegram-канал, щоб не пропустити важливе", "promo"),
        ("Якщо ви знайшли помилку, виділіть її мишкою та натисніть Ctrl+Enter", "report-button"),
        ("Реклама", "ad-label"),
        ("Теги: міст, ремонт, Вербівка", "tags"),
    ),
    html="""<html lang="uk"><head><title>У Вербівці відновили міст через річку — Вісник</title>
<meta property="og:title" content="У Вербівці відновили міст через річку">
<meta property="og:site_name" content="Вісник"><meta property="og:type" content="article"></head><body>
<div class="header"><a href="/">Головна</a></div>
<div class="container"><div class="article"><h1>У Вербівці відновили міст через річку</h1>
<div class="post_news__date">Вівторок, 7 березня 2023, 09:15</div>
<div class="post__text">
<p><strong>Рух мостом через річку у Вербівці відкрили у вівторок уранці, повідомила обласна рада.</strong></p>
<p>Реклама</p>
<p>Ремонт тривав два роки й коштував 40 мільйонів гривень, ідеться в повідомленні.</p>
<p>«Ми чекали на це дуже довго», — сказав голова громади В.Коваленко.</p>
<ul><li>будівельники замінили чотири опори</li><li>покладено 900 метрів нового полотна</li></ul>
<p>Читайте також: <a href="/1">Повінь 2021 року: як це було</a></p>
<p>Нагадаємо, міст закрили після повені 2021 року.</p>
<p>Підписуйтесь на наш Telegram-канал, щоб не пропустити важливе</p>
<p>Якщо ви знайшли помилку, виділіть її мишкою та натисніть Ctrl+Enter</p>
<p>Теги: міст, ремонт, Вербівка</p></div></div></div></body></html>""",
)

GERMAN = Layout(
    url="https://bote.example/politik/bruecke-wieder-offen-id881.html",
    title="Brücke in Altfurt ist wieder offen",
    body=(
        "Nach zwei Jahren Bauzeit rollt seit Montag wieder der Verkehr über die Brücke von Altfurt.",
        "Die Bauleute ersetzten vier Pfeiler und verbauten neuntausend Tonnen Beton, teilte das Amt mit.",
        "Was die Sanierung kostete",
        "Pfeiler | 12 Mio. Euro",
        "Fahrbahn | 3 Mio. Euro",
        "Der Bürgermeister sprach von einem guten Tag für die ganze Region.",
    ),
    noise=(
        ("Anzeige", "ad-label"),
        ("Lesen Sie auch: Das Hochwasser von 2021", "related"),
        ("Dieser Artikel ist nur für Abonnenten. Sie haben bereits ein Abo? Jetzt anmelden", "paywall"),
        ("© Bote Verlag 2023. Alle Rechte vorbehalten.", "legal"),
        ("Jan Weber ist Redakteur im Ressort Politik und schreibt über Verkehr.", "author-bio"),
    ),
    html="""<html lang="de"><head><title>Brücke in Altfurt ist wieder offen - Bote</title>
<meta name="author" content="Jan Weber"><meta property="article:published_time" content="2023-05-15T09:00:00+02:00">
<meta property="og:site_name" content="Bote"></head><body><div id="page">
<div class="article-body"><h1>Brücke in Altfurt ist wieder offen</h1>
<p>Nach zwei Jahren Bauzeit rollt seit Montag wieder der Verkehr über die Brücke von Altfurt.</p>
<p>Anzeige</p>
<p>Die Bauleute ersetzten vier Pfeiler und verbauten neuntausend Tonnen Beton, teilte das Amt mit.</p>
<p>Lesen Sie auch: <a href="/2021">Das Hochwasser von 2021</a></p>
<h2>Was die Sanierung kostete</h2>
<table><tr><td>Pfeiler</td><td>12 Mio. Euro</td></tr><tr><td>Fahrbahn</td><td>3 Mio. Euro</td></tr></table>
<p>Der Bürgermeister sprach von einem guten Tag für die ganze Region.</p>
<p>Jan Weber ist Redakteur im Ressort Politik und schreibt über Verkehr.</p>
<p>Dieser Artikel ist nur für Abonnenten. Sie haben bereits ein Abo? Jetzt anmelden</p>
<p>© Bote Verlag 2023. Alle Rechte vorbehalten.</p></div></div></body></html>""",
)

ARABIC = Layout(
    url="https://akhbar.example/2023/05/15/jisr",
    title="إعادة فتح جسر الوادي بعد عامين من الأشغال",
    body=(
        "أعيد فتح جسر الوادي أمام حركة المرور صباح الاثنين بعد عامين من الأشغال، بحسب ما أعلنت البلدية.",
        "وقال المهندس المسؤول إن العمال استبدلوا أربع دعامات وصبوا تسعة آلاف طن من الخرسانة.",
        "وأكد رئيس البلدية أن المشروع كلف ثلاثة ملايين دينار وأن الطريق الجديد سيخدم المنطقة كلها.",
    ),
    noise=(
        ("اقرأ أيضا: قصة فيضان 2021", "related"),
        ("تابعونا على فيسبوك", "share"),
        ("جميع الحقوق محفوظة", "legal"),
    ),
    html="""<html lang="ar" dir="rtl">
<head><title>إعادة فتح جسر الوادي بعد عامين من الأشغال</title></head><body><article>
<h1>إعادة فتح جسر الوادي بعد عامين من الأشغال</h1>
<p>أعيد فتح جسر الوادي أمام حركة المرور صباح الاثنين بعد عامين من الأشغال، بحسب ما أعلنت البلدية.</p>
<p>اقرأ أيضا: قصة فيضان 2021</p>
<p>وقال المهندس المسؤول إن العمال استبدلوا أربع دعامات وصبوا تسعة آلاف طن من الخرسانة.</p>
<p>وأكد رئيس البلدية أن المشروع كلف ثلاثة ملايين دينار وأن الطريق الجديد سيخدم المنطقة كلها.</p>
<p>تابعونا على فيسبوك</p><p>جميع الحقوق محفوظة</p></article></body></html>""",
)

POLISH = Layout(
    url="https://kurier.example/most-w-zarzeczu-znow-otwarty-112233",
    title="Most w Zarzeczu znów otwarty",
    body=(
        "Po dwóch latach remontu kierowcy mogą znów przejechać mostem w Zarzeczu, poinformował urząd.",
        "Robotnicy wymienili cztery filary i ułożyli nową nawierzchnię, powiedział mgr inż. Jan Nowak.",
        "Koszt prac to 40 mln zł, z czego połowę zapłaciło województwo, a resztę gmina.",
    ),
    noise=(
        ("Dalsza część artykułu pod reklamą", "ad-label"),
        ("Czytaj także", "related"),
        ("Powódź 2021: wspomnienia mieszkańców", "related"),
        ("Nowa linia tramwajowa do portu", "related"),
        ("Dodaj komentarz", "comment-form"),
        ("Świetna wiadomość dla całej okolicy, wreszcie nie trzeba jeździć naokoło przez las!", "comments"),
    ),
    html="""<html lang="pl"><head><title>Most w Zarzeczu znów otwarty</title>
<meta property="og:type" content="article"></head>
<body><div class="content"><h1>Most w Zarzeczu znów otwarty</h1>
<p>Po dwóch latach remontu kierowcy mogą znów przejechać mostem w Zarzeczu, poinformował urząd.</p>
<p>Dalsza część artykułu pod reklamą</p>
<p>Robotnicy wymienili cztery filary i ułożyli nową nawierzchnię, powiedział mgr inż. Jan Nowak.</p>
<p>Koszt prac to 40 mln zł, z czego połowę zapłaciło województwo, a resztę gmina.</p>
<p>Czytaj także</p><p>Powódź 2021: wspomnienia mieszkańców</p><p>Nowa linia tramwajowa do portu</p>
<h3>Dodaj komentarz</h3>
<p>Świetna wiadomość dla całej okolicy, wreszcie nie trzeba jeździć naokoło przez las!</p></div></body></html>""",
)

ENGLISH = Layout(
    url="https://post.example/world/2023/05/15/old-bridge-reopens/",
    title="Old bridge at Millford reopens after two years",
    body=(
        "MILLFORD (May 15) — Traffic returned to the old bridge on Monday, two years after a flood closed it.",
        "Crews replaced four piers and poured nine thousand tons of concrete, the county said.",
        "“We have waited a long time for this,” Mayor Ann Poe told reporters at the site.",
        "The sidebar: how the bridge was built",
        "Built in 1921, the bridge carried trams until 1958 and has been listed since 1994.",
    ),
    noise=(
        ("Advertisement", "ad-label"),
        ("Crews at work on the third pier in March. (Photo: Sam Roe/Millford Post)", "caption"),
        ("Sign up for our morning briefing, delivered to your inbox", "newsletter"),
        ("Follow us on Facebook and Twitter", "share"),
        ("Click here to read the original article", "source-link"),
    ),
    html="""<html lang="en"><head><title>Old bridge at Millford reopens after two years - The Post</title>
<meta property="og:site_name" content="The Post">
<link rel="canonical" href="https://post.example/world/2023/05/15/old-bridge-reopens/">
</head><body><div id="cookie-banner">We use cookies to improve your experience. Accept all cookies</div>
<main><article><h1>Old bridge at Millford reopens after two years</h1>
<div class="byline">By <a href="/jane">Jane Roe</a></div><time datetime="2023-05-15T08:00:00-05:00">May 15</time>
<p>MILLFORD (May 15) — Traffic returned to the old bridge on Monday, two years after a flood closed it.</p>
<p>Advertisement</p>
<p>Crews replaced four piers and poured nine thousand tons of concrete, the county said.</p>
<p>Crews at work on the third pier in March. (Photo: Sam Roe/Millford Post)</p>
<p>“We have waited a long time for this,” Mayor Ann Poe told reporters at the site.</p>
<h3>The sidebar: how the bridge was built</h3>
<p>Built in 1921, the bridge carried trams until 1958 and has been listed since 1994.</p>
<p>Sign up for our morning briefing, delivered to your inbox</p>
<p>Follow us on Facebook and Twitter</p>
<p><a href="https://agency.example/bridge">Click here to read the original article</a></p>
</article></main></body></html>""",
)

LAYOUTS = {"fr": FRENCH, "uk": UKRAINIAN, "de": GERMAN, "ar": ARABIC, "pl": POLISH, "en": ENGLISH}
