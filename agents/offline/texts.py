"""What the offline model itself says to people; everything else is said by the tools."""

from __future__ import annotations

from collections.abc import Mapping

from knowledge_graph.language.results import Lang

_TEXTS: Mapping[str, Mapping[Lang, str]] = {
    "which_records": {
        "en": "Which records do you mean? Name them or describe them.",
        "zh": "您指的是哪些记录？请说出名称或条件。",
    },
    "which_change": {
        "en": "What should change, or should these records be deleted?",
        "zh": "要改成什么？还是要删除这些记录？",
    },
    "which_value": {"en": "What should it be?", "zh": "要改成什么？"},
    "which_owner": {"en": "Who should take over?", "zh": "要转给谁？"},
    "which_name": {"en": "What is the name?", "zh": "叫什么名字？"},
    "which_kind": {
        "en": "What kind of record is it: a lead, a contact, a customer or something else?",
        "zh": "这是什么记录：线索、联系人、客户，还是别的？",
    },
    "leftover": {
        "en": "I did not understand {words}. Nothing was changed. Could you say it another way?",
        "zh": "我没看懂{words}，没有做任何改动。请换个说法。",
    },
    "out_of_scope": {
        "en": "That is outside of what I do here. I can find, show, create, change, merge and delete "
        "CRM records, log interactions, and answer from your documents.",
        "zh": "这超出了我在这里能做的事。我可以查找、查看、新建、修改、合并、删除客户关系记录，记录沟通，"
        "以及从您的资料里找答案。",
    },
    "no_groups": {
        "en": "I can count and add up one selection at a time, not by group yet. Which group do you want?",
        "zh": "我目前一次只能统计一个范围，还不能分组统计。您要看哪一组？",
    },
    "not_allowed": {
        "en": "Your role may not do that. Nothing was changed.",
        "zh": "您的角色没有这项权限。没有做任何改动。",
    },
    "too_long": {
        "en": "That message is too long to read with care (over {limit} characters). Nothing was changed.",
        "zh": "这条消息太长（超过 {limit} 个字），没有处理，也没有任何改动。",
    },
    "negated": {
        "en": "All right: nothing was changed.",
        "zh": "好的，没有做任何改动。",
    },
    "hypothetical": {
        "en": "I have changed nothing: that sounds like a question or an idea. Say it as a request and you "
        "will see every change before it is made.",
        "zh": "没有做任何改动：这听起来像是在征求意见。如果要改，请直接说要做什么，改动会先给您看。",
    },
    "conditional": {
        "en": "I cannot wait for that to happen, so nothing was changed. Tell me when it has happened.",
        "zh": "我不能等条件发生后再执行，所以没有做任何改动。发生之后请告诉我。",
    },
    "excepted": {
        "en": "Part of the message says what not to do ({words}). Please say in one sentence which records "
        "are meant. Nothing was changed.",
        "zh": "消息里有不要做的事（{words}）。请用一句话说明要改哪些记录。没有做任何改动。",
    },
    "help": {
        "en": "You can say, for example:\n"
        "• “Lena's open deals over 500k” · “how many P1 tickets are open?”\n"
        "• “move the Acme deal to negotiation” · “give Raj's leads in Berlin to Lena”\n"
        "• “add Morgan Wilson as a new lead and assign her to Raj”\n"
        "• “log a call with Acme: they want a demo” · “undo that” · “why?”\n"
        "Every change is shown first and waits for your confirmation.",
        "zh": "您可以这样说：\n"
        "• “李薇负责的未结商机” · “有多少个未解决的P1工单？”\n"
        "• “把晶澜的商机改为商务谈判” · “把上海的线索都转给王强”\n"
        "• “新建线索 张敏，负责人是李薇”\n"
        "• “记录和晶澜的通话：客户想看演示” · “撤销刚才的修改” · “为什么”\n"
        "任何改动都会先给您看，等您确认。",
    },
    "not_so": {"en": "So nothing was changed.", "zh": "因此没有做任何改动。"},
    "how_to_export": {
        "en": "I do not hand out files here. `guanxi export --format csv|xlsx|jsonl` gives every record back.",
        "zh": "这里不导出文件。请用命令 `guanxi export --format csv|xlsx|jsonl`，可导出全部记录。",
    },
    "no_sending": {
        "en": "I do not send e-mails or messages. I can log that one was sent, or make a task to send it.",
        "zh": "我不发送邮件或消息。我可以记录已经发送，或者建一个发送的任务。",
    },
    "greet": {"en": "Hello! What can I do for you?", "zh": "您好！需要我做什么？"},
}


def say(key: str, lang: Lang, **values: object) -> str:
    """Return one of the texts in a language, its slots filled.

    >>> say("greet", "en")
    'Hello! What can I do for you?'
    """
    return _TEXTS[key][lang].format(**values)
