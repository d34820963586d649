"""Ukrainian words are found in other forms by full text, which has no stemmer for them; other words are not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine, func, select
from sqlalchemy.orm import Session

from app.domain.query.tree import Word
from app.pipeline.posts import search_words
from app.search.conditions import CONFIG, tsquery
from app.search.query import find
from app.settings import sqlalchemy_url
from tests.factories import rows
from tests.integration.search_rows import CITY, put
from tests.services import TestServices

FORMS = """
    міст:мосту мостів:міст мостів:мостом київ:києві києва:київ львів:львові харків:харкова ніч:ночі річ:речей
    книгарні:книгарня станція:станції станції:станцій лікарні:лікарня лікарень:лікарня рішення:рішенням життя:життям
    новість:новостей швидкість:швидкості україна:україні українці:українців українець:українцями
    українська:українською український:українського осінній:осіннього річка:річці річки:річок дорозі:дорога
    дорога:дорозі аптеці:аптека зупинці:зупинка зупинка:зупинці поїзд:поїзди поїздів:поїздом літак:літаків
    музеї:музею вулиці:вулиць школі:школа неділя:неділі будівлі:будівля будується:будувати підвищать:підвищити
    відкрили:відкрито працює:працюють обіцяє:обіцяють мова:мові мовою:мові новій:нова ціни:ціні цін:ціна пісень:пісня
    діти:дітей місто:місті водій:водіїв газета:газеті пожежа:пожежі виборців:виборцям посольство:посольстві
    комісію:комісій п'ятниця:п'ятниці комп'ютерів:комп'ютер
"""
OTHERS = """
    ліс:лось лісі:лист міст:місто міста:мости місті:міст мостів:мостова вулиці:вулик танці:танк кризі:крига кінь:кінець
    лікар:лікарня лікаря:лікарні школі:школяр ціна:цінність стіна:стіл столі:столиця поїзд:поїздка літак:літо
    літо:літера рік:річ річка:річ річ:річка рік:ріка київ:кий вітер:вітати війна:вій війні:воїн місяць:місце
    дітей:дієта мова:мовчати мрія:марія сіль:сільський ніс:ніч носі:ніж гість:гостинець пісня:пісок українець:україна
    україна:країна країні:край будівля:будова відділ:віддати віра:вірш світ:світло світі:свято збір:зброя кіт:кит
    дім:дим лід:лідер лікті:ліки спів:співак звір:звіт північ:півень зірка:зір партій:парта сім'ї:сім
    виборець:вибір ринок:рік дільниці:дільника
"""


@pytest.fixture(scope="module")
def session(services: TestServices) -> Iterator[Session]:
    with services.database(services.template) as url:
        engine: Engine = create_engine(sqlalchemy_url(url))
        with Session(engine) as session:
            rows.channel(session, "@city", id=CITY)
            yield session
        engine.dispose()


def says(session: Session, query: str, post: str) -> bool:
    return bool(session.scalar(select(func.to_tsvector(CONFIG, post).op("@@")(tsquery(Word(query))))))


@pytest.mark.parametrize(("query", "post"), [pair.split(":") for pair in FORMS.split()])
def test_a_form_is_found_by_another(session: Session, query: str, post: str) -> None:
    assert says(session, query, post)


@pytest.mark.parametrize(("query", "post"), [pair.split(":") for pair in OTHERS.split()])
def test_another_word_is_not(session: Session, query: str, post: str) -> None:
    assert not says(session, query, post)


def test_order_by_date_relevance_and_corrections_agree(session: Session) -> None:
    put(session, 1, "Ремонт на дорозі до Львова", day=1)
    put(session, 2, "Ремонт дороги", day=2)
    for order in ("date", "relevance"):
        page = find(session, "львів", embedder=None, order=order, explained=True)
        assert [hit.publication_id for hit in page.hits] == [1]
        assert not page.corrections  # a post has the word, though in another form
        assert page.hits[0].explained is not None
        assert page.hits[0].explained.said[0].where == {"text": ("Львова",)}
    assert "**Львова**" in page.hits[0].snippet
    assert [hit.publication_id for hit in find(session, "дорога -львів", embedder=None, order="date").hits] == [2]
    assert [hit.publication_id for hit in find(session, '"дорозі до львова"', embedder=None, order="date").hits] == [1]
    assert list(find(session, '"дорога до львова"', embedder=None, order="date").hits) == []


def test_a_word_that_posts_have_in_another_form_is_not_corrected(session: Session) -> None:
    put(session, 4, "Провідник у поїзді", day=4)
    search_words.count(session, {4: "поїзді провідник"})
    search_words.fold_within(session)
    page = find(session, "поїздів", embedder=None)
    assert ([hit.publication_id for hit in page.hits], list(page.corrections)) == ([4], [])


def test_words_that_full_text_drops_get_no_forms(session: Session) -> None:
    put(session, 3, "Через черезів", day=3)
    assert list(find(session, "через", embedder=None, order="date").hits) == []
