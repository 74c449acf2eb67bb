"""Chinese surnames: which texts can be a person's name."""

from __future__ import annotations

import re

COMPOUND_SURNAMES = frozenset({
    *("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐"),
    *("司徒", "夏侯", "端木", "南宫", "长孙", "宇文", "轩辕", "百里", "呼延", "东郭"),
})
SINGLE_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾萧肖田董袁潘于蒋"
    "蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦傅方白邹孟熊秦邱江尹薛闫段雷"
    "侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章"
    "鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉"
    "骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤时穆农司卓古吉缪简车项连芦麦褚娄窦戚"
    "岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛"
    "仲虞敖巩明佘池查麻苑迟邝"
)
"""The commonest ones, which nearly everybody bears, by how many people do."""

SURNAME = rf"(?:{'|'.join(sorted(COMPOUND_SURNAMES))}|[{SINGLE_SURNAMES}])"
"""As a part of a regular expression."""

_NAME = re.compile(rf"{SURNAME}[\u4e00-\u9fff]{{1,2}}")


def is_chinese_name(text: str) -> bool:
    """Return whether a text has the form of a person's name: a surname and one or two characters.

    >>> is_chinese_name("李薇"), is_chinese_name("欧阳娜娜"), is_chinese_name("博瑞光电")
    (True, True, False)
    """
    return _NAME.fullmatch(text) is not None
