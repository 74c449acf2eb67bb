"""How names are folded, shortened and sounded out, so that the ways of typing one name meet."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from knowledge_graph.language.surnames import COMPOUND_SURNAMES

_WORDS = re.compile(r"[a-z0-9\u00c0-\u024f\u0370-\u052f]+|[\u3400-\u9fff\uf900-\ufaff]")
HANZI = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_EN_SUFFIXES = frozenset([
    "ltd",
    "limited",
    "inc",
    "incorporated",
    "llc",
    "llp",
    "corp",
    "corporation",
    "co",
    "company",
    "gmbh",
    "ag",
    "sa",
    "sarl",
    "bv",
    "nv",
    "plc",
    "pte",
    "pty",
    "kg",
    "oy",
    "ab",
    "as",
    "spa",
    "srl",
    "holdings",
    "holding",
    "group",
])
_ZH_SUFFIX = re.compile(
    r"(?:股份有限责任公司|有限责任公司|股份有限公司|集团有限公司|有限公司|股份公司|集团公司|总公司|公司|集团|企业|工厂)$"
)
_LAST_TRADE = re.compile(
    r"(?:信息技术|网络科技|医疗器械|汽车零部件|新材料|新能源|进出口|半导体|科技|技术|电子|信息|网络|贸易|商贸|实业|工业|制造|"
    r"发展|投资|控股|咨询|服务|设备|机械|材料|能源|光伏|智能|物流|食品|医疗|化工|汽车|储能|软件|数据|生物|重工|装备|电气|"
    r"电器|建设|工程|传媒|文化|教育|金融|国际|餐饮管理|酒店管理|物业管理|供应链管理|企业管理|管理|餐饮|幼教|连锁|零售|超市|农业|水产|纺织|服装|家居|家具|印刷|包装|塑料|橡胶|钢铁|冶金|矿业|电力|水务|环保|检测|通信|通讯|航空|航运|海运|快递|旅游|置业|地产|保险|证券|租赁|药业|制药|生物医药|生物科技|医药|眼科|口腔|牙科|精密|仪器|仪表|光电|光学|照明|玩具|体育|健身|美容|乳业|酒业|茶业|饮料|粮油|种业|牧业|商业|百货|实验|模具|五金|阀门|泵业|电梯|空调|制冷|暖通|锅炉|船舶|轨道|交通|路桥|建材|水泥|玻璃|陶瓷|纸业|木业)$"
)
_ZH_PLACES = re.compile(
    r"^(?:中国|北京市?|上海市?|天津市?|重庆市?|深圳市?|广州市?|杭州市?|南京市?|苏州市?|武汉市?|成都市?|西安市?|"
    r"宁波市?|无锡市?|青岛市?|东莞市?|佛山市?|厦门市?|合肥市?|长沙市?|常州市?|郑州市?|济南市?|福州市?|大连市?|"
    r"浙江省?|江苏省?|广东省?|山东省?|四川省?|福建省?|湖北省?|湖南省?|安徽省?|河南省?|河北省?)(?=..)"
)
TITLES_ZH = (
    "董事长|总经理|副总|经理|主任|主管|总监|老师|先生|女士|小姐|工程师|"
    "工|总|董|处长|科长|部长|局长|医生|教授|博士|同学"
)
_TITLE_ZH = re.compile(rf"(?P<name>[\u3400-\u9fff]{{1,2}})(?:{TITLES_ZH})")
_TITLE_EN = re.compile(r"^(?:mr|mrs|ms|miss|dr|prof|sir)\.? +")


@lru_cache(maxsize=65536)
def fold_char(char: str) -> str:
    """Fold width, case and accents of one character to one character; other scripts stay."""
    if char.isascii():
        return char.lower()
    if char in "’‘":
        return "'"
    normal = unicodedata.normalize("NFKC", char)
    if len(normal) != 1:
        return char
    base = (
        unicodedata.normalize("NFD", normal.lower())[0]
        if "\u00c0" <= normal <= "\u024f"
        else normal
    )
    lower = base.lower()
    return lower if len(lower) == 1 else base


def fold_name(text: str) -> str:
    """Fold a text character by character; the length does not change."""
    if text.isascii():
        return text.lower()
    return "".join(map(fold_char, text))


def words_of(folded: str) -> list[tuple[str, int, int]]:
    """Return the words and single hanzi of a folded text, with their places.

    >>> [word for word, *_ in words_of("crown-tech 李薇")]
    ['crown', 'tech', '李', '薇']
    """
    return [(m.group(), m.start(), m.end()) for m in _WORDS.finditer(folded)]


def key_of(text: str) -> tuple[str, ...]:
    """Return the words that two spellings of one name share: no case, space or punctuation."""
    return tuple(_WORDS.findall(fold_name(text).replace("'", "")))


def without_suffix(key: tuple[str, ...]) -> tuple[str, ...]:
    """Return a company's name without its legal form; a name that is nothing else stays whole.

    >>> without_suffix(("globex", "pte", "ltd")), "".join(without_suffix(tuple("晶澜光伏有限公司")))
    (('globex',), '晶澜光伏')
    """
    short = key
    while len(short) > 1 and short[-1] in _EN_SUFFIXES:
        short = short[:-1]
    joined = "".join(short)
    if len(short) > 2 and HANZI.match(short[-1]):
        cut = _ZH_SUFFIX.sub("", joined)
        if len(cut) >= 2 and cut != joined:
            short = short[: len(short) - (len(joined) - len(cut))]
    return short


_MODEL = re.compile(r"(?=[a-z0-9]*\d)(?=[a-z0-9]*[a-z])[a-z0-9]{2,}")
"""A model's number: letters and digits."""


def short_forms(key: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the shorter names of a Chinese company: without its form, trade and place.

    >>> ["".join(form) for form in short_forms(tuple("苏州晶澜光伏科技有限公司"))]
    ['晶澜', '晶澜光伏', '苏州晶澜', '晶澜光伏科技', '苏州晶澜光伏', '晶澜光伏科技有限公司']
    """
    if not key or not all(HANZI.match(part) for part in key):
        return []
    full, base = "".join(key), "".join(without_suffix(key))
    if base == full and len(full) < 5:
        return []
    forms = {full, base}
    for text in (full, base):
        forms.add(_ZH_PLACES.sub("", text))
    cut = base
    while (match := _LAST_TRADE.search(cut)) and match.start() >= 2:
        cut = cut[: match.start()]
        forms |= {cut, _ZH_PLACES.sub("", cut)}
    kept = [
        form
        for form in forms
        if len(form) >= 2 and form not in {full, base} and not is_generic(form)
    ]
    return [tuple(form) for form in sorted(kept, key=lambda form: (len(form), form))]


def product_forms(key: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the shorter names of a product: to a change of script, without its brand, to its model, the model.

    >>> product_forms(("gx110", "逆", "变", "器")), product_forms(("vitasign", "m8", "monitor"))
    ([('gx110',)], [('vitasign', 'm8')])
    >>> ["".join(form) for form in product_forms((*"速蒸蒸箱", "z6"))]
    ['速蒸蒸箱', '蒸箱z6']
    """
    forms = []
    chinese = [bool(HANZI.match(part)) for part in key]
    turn = next((n for n in range(1, len(key)) if chinese[n] != chinese[0]), len(key))
    forms.append(key[:turn])
    if len(key) > 4 and all(chinese[:2]):
        forms.append(key[2:])  # without the brand
    model = next((n for n, part in enumerate(key) if _MODEL.fullmatch(part)), None)
    if model is not None:
        forms.append(key[: model + 1])
        forms.append(key[model : model + 1])
    return [
        form
        for form in dict.fromkeys(forms)
        if form != key and len("".join(form)) >= (3 if not HANZI.match(form[0]) else 2)
    ]


def is_generic(form: str) -> bool:
    """Whether a shortened name is only a place, a trade or a legal form, so that it names no one."""
    rest = _ZH_PLACES.sub("", form + "某某").removesuffix("某某")
    while rest and (match := _LAST_TRADE.search(rest)):
        rest = rest[: match.start()]
    return len(_ZH_SUFFIX.sub("", rest)) < 2


def surname_with_title(text: str) -> str | None:
    """Return the surname of 李总 or 欧阳经理, None when the text is no such address."""
    match = _TITLE_ZH.fullmatch(text.strip())
    if match is None:
        return None
    name = match.group("name")
    return name if len(name) == 1 or name in COMPOUND_SURNAMES else None


def without_title(folded: str) -> str:
    """Drop Mr, Ms, Dr in front of a name."""
    return _TITLE_EN.sub("", folded)


def person_parts(key: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Return surname and given name of a Chinese name, None for other names."""
    if not 2 <= len(key) <= 4 or not all(HANZI.match(part) for part in key):
        return None
    size = 2 if "".join(key[:2]) in COMPOUND_SURNAMES and len(key) > 2 else 1
    return key[:size], key[size:]


_SURNAME_SOUNDS = {
    "单": "shan",
    "仇": "qiu",
    "解": "xie",
    "查": "zha",
    "曾": "zeng",
    "任": "ren",
    "盖": "ge",
}


@lru_cache(maxsize=65536)
def _syllable(char: str) -> str:
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 - 40 ms and 30 MB that English users never need

    return "".join(lazy_pinyin(char, style=Style.NORMAL, v_to_u=False))


def sound_of(key: tuple[str, ...]) -> str:
    """Return a name by its sound: pinyin without tones, other words as they are.

    >>> sound_of(("李", "薇")), sound_of(("li", "wei"))
    ('liwei', 'liwei')
    """
    sounds = [_syllable(part) if HANZI.match(part) else part for part in key]
    if key and len(key) > 1 and key[0] in _SURNAME_SOUNDS:
        sounds[0] = _SURNAME_SOUNDS[key[0]]
    return "".join(sounds)


def surname_last(key: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return a Chinese name in the English order of its parts (李薇 = Wei Li)."""
    parts = person_parts(key)
    return None if parts is None else (*parts[1], *parts[0])
