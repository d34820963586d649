"""The words in which servers reject a part of a request: one rule for each part, the first that matches counts.

Taken from Ollama, vLLM, llama.cpp, LM Studio, LocalAI, TGI, SGLang, OpenRouter, OpenAI, DeepSeek, Google and GigaChat,
and written so that they match other words for the same thing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from app.domain.server_lessons import RequestPart

Cause = RequestPart | Literal["too_large"]
"""too_large: the question, for the context of the model or the limits of the server."""


@dataclass(frozen=True)
class Rule:
    """cause: of a rejection whose words match, with one of the statuses. but: words that speak against it."""

    cause: Cause
    statuses: tuple[int, ...]
    words: re.Pattern[str]
    but: re.Pattern[str] | None = None


def _any(*words: str) -> re.Pattern[str]:
    return re.compile("|".join(words), re.IGNORECASE | re.DOTALL)


BAD = (400, 422)
# Chat templates and grammars fail inside of the server: they come with 500, too, before the model has worked.
INSIDE = (*BAD, 500, 501)
NO = (
    r"(?:unsupported|not supported|(?:not|n't|cannot|never) (?:currently |yet |directly )?(?:support|accept|allow"
    r"|permit|enabl|implement|recogni|handl|process|compatible|available|valid|take|use)\w*|no support|unavailable"
    r"|disabled|unknown|unrecogni[sz]ed|unexpected|invalid|incompatible|disallowed|forbidden|deprecated"
    r"|extra (?:inputs?|fields?)"
    r"|не поддержива\w+|недоступн\w+|不支持)"
)
# The same about a kind of content: `invalid` and `unknown` are words about a single picture as well.
WITHOUT = (
    r"(?:unsupported|not supported|(?:not|n't|cannot|never) (?:currently |yet |directly )?(?:support|accept|allow"
    r"|permit|enabl|implement|compatible|available)\w*|no support|unavailable|disabled|disallowed|forbidden"
    r"|не поддержива\w+|недоступн\w+|不支持)"
)
PICTURE = (
    r"(?:images?|pictures?|photos?|image_url|vision|visual input|multi-?modal(?:ity)?|attachments?"
    r"|изображени\w*|вложени\w*|файлы|图[片像])"
)
ONE_FILE = r"[\w ]{0,6}(?:format|type|file|size|data|dimension|resolution|encod|url scheme|quality|detail|формат|тип)"

RULES: tuple[Rule, ...] = (
    Rule(
        "max_tokens",
        BAD,
        _any(
            rf"max_tokens.{{0,60}}{NO}.{{0,120}}max_completion_tokens",
            rf"{NO}.{{0,40}}\bmax_tokens\b",
            r"use .?max_completion_tokens",
        ),
        _any(r"context (?:length|size|window)", r"max_completion_tokens.{0,20} and .{0,20}max_tokens"),
    ),
    Rule(
        "temperature",
        BAD,
        _any(rf"temperature.{{0,80}}(?:{NO}|only|must be 1\b)", rf"(?:{NO}|only).{{0,60}}\btemperature\b"),
        _any(r"temperature.{0,40}(?:between|range|less than|greater than|at most)"),
    ),
    Rule(
        "json_schema",
        INSIDE,
        _any(
            r"response[_ ]?format",
            r"json[_ -]?schema",
            r"json[_ -]?(?:object|mode|output|response|format)",
            r"structured[_ -]?(?:output|decod|generation|response)",
            r"(?:initiali[sz]e|parse|compile|build|init|apply|create) (?:the )?(?:\w+ )?(?:samplers?|grammar|schema)",
            r"\bgrammar",
            r"guided[_ -]?(?:decod|json|generation|grammar)",
            r"constrained[_ -](?:decod|generation|sampling)",
            r"xgrammar|outlines|llguidance|lm-format-enforcer",
            r"(?:invalid|unsupported|bad|malformed) schema",
            r"schema\b.{0,80}(?:not (?:supported|valid|allowed)|unsupported|invalid|too (?:complex|large|deep))",
            r"additionalproperties|\bstrict\b.{0,30}(?:not|unsupported|unknown|unrecogni)",
            r"схем\w+ .{0,40}не поддержива",
        ),
    ),
    Rule(
        "several_pictures",
        (*INSIDE, 413),
        _any(
            r"(?:at most|up to|maximum(?: of)?|max\.?|no more than|limit(?:ed)?(?: of| to|:)?)"
            r" (?:[1-9]\d*|one|two|three) (?:image|picture|item)",
            r"(?:images|pictures) per (?:request|message|prompt).{0,20}(?:limit|max|\d)|more images than",
            r"(?:only|exactly|just|accepts?|supports?|takes?|expected)(?: \w+){0,2} (?:1|one|a single|single)"
            r" (?:image|picture)",
            r"(?:image|picture)s?.{0,20}limit (?:is|of) [1-9]|max_images",
            r"(?:1|one|single) (?:image|picture)s? (?:per|at a time|is (?:supported|allowed)|allowed|supported|only)",
            r"too many (?:image|picture|attachment)",
            r"(?:number of|maximum) (?:image|picture|attachment)s.{0,60}"
            r"(?:exceed|maximum|limit|at most|must|per|is \d|\(\d)",
            r"exceed\w*.{0,40}(?:number of|limit of|maximum) (?:\d+ )?(?:image|picture|attachment)s",
            r"(?:multiple|several|more than (?:one|1)) (?:image|picture|attachment)s?.{0,40}(?:not|n't|unsupported)",
            r"(?:not|n't|unsupported).{0,40}(?:multiple|several|more than (?:one|1))"
            r" (?:image|picture|attachment|media)",
            r"multi-?image.{0,40}(?:not|n't|unsupported)",
        ),
    ),
    Rule(
        "too_large",
        (*INSIDE, 413),
        _any(
            r"context[_ ](?:length|size|window)",
            r"context (?:is |was )?(?:full|exceeded|overflow|too small)",
            r"maximum (?:context|model length|sequence length|input length|prompt length)",
            r"longer than the (?:maximum|model|context)",
            r"(?:prompt|input|inputs|request|messages?|payload|body|content|entity|conversation|image|picture|photo|file"
            r"|attachment|data|upload)s?(?: \w+)?[_ ](?:is |are |was |were |has )?"
            r"(?:too[_ ](?:large|long|big|many)|exceed)",
            r"(?:image|picture|attachment|file|upload|payload|request|dimensions?|pixels)\b.{0,60}"
            r"(?:exceeds?|larger than|bigger than|above|over) (?:the |its |a )?(?:\w+ ){0,2}"
            r"(?:maximum|max|limit|allowed|permitted|\d)",
            r"exceeds? (?:the |its )?(?:\w+ )?(?:context|max_model_len|token limit|available)",
            r"too many (?:input |prompt |total )?tokens|token limit",
            r"\btokens?\b.{0,20}exceed|exceed\w* .{0,40}\btokens\b",
            r"kv cache|n_ctx|\btokens\b.{0,20}greater than",
            r"body.{0,20}limit|(?:image|picture|resolution)[\w ]{0,20}too (?:high|large|big)",
            r"reduce the (?:length|size|number of tokens)",
            r"must have less than \d+ tokens|max_new_tokens.{0,20}must be",
            r"(?:maximum|max) (?:image|file|upload|request|body|payload) size",
            r"слишком (?:больш|длинн)\w+|превыша\w+",
        ),
        _any(r"too small|minimum|at least \d|must be (?:larger|greater|bigger)"),
    ),
    Rule(
        "pictures",
        (*INSIDE, 404, 415),
        _any(
            rf"{PICTURE}(?!{ONE_FILE})[\w' ,:-]{{0,30}}{WITHOUT}",
            rf"{WITHOUT}[ \w:,'`\"(-]{{0,30}}?{PICTURE}(?!{ONE_FILE})",
            r"(?:cannot|can't|can not|unable to|does ?n[o']t|not able to) (?:see|view|read|look at|interpret|understand"
            r"|analy[sz]e|process|handle|take|have|include)(?: \w+)? (?:images|pictures|photos|vision|image inputs?)",
            r"(?:lacks?|has no|have no|no|not have|n't have|without) (?:\w+ )?(?:vision|visual|multi-?modal|image"
            r" (?:input|support|capabilit|understanding))",
            r"(?:not|isn't) (?:a |an )?(?:multi-?modal|vision|vlm|visual)",
            r"text[- ]only|text (?:input |messages? |content |parts? )?only|only text",
            r"only (?:supports?|accepts?|takes?|handles?|understands?) (?:plain )?text|modalit\w+.{0,40}\btext\b",
            r"(?:at most|maximum of|limit(?:ed)?(?: of| to)?|max\.?) (?:0|zero|no) (?:image|picture|attachment)",
            r"image_url.{0,40}only supported by|image_url.{0,40}expected .?text|unknown variant .?image",
            r"(?:invalid|unknown|unexpected|unrecogni\w+|extra)[\w :,'`\"\[\].]{0,40}image_url",
            r"no (?:endpoints?|providers?|models?)\b.{0,60}support\w* (?:image|vision|picture)",
            r"mmproj|(?:model|modal) projector|non-text|only (?:multi-?modal|vision)",
            r"(?:images|pictures|attachments).{0,20}(?:can't|cannot|can not|not) be \w+",
            r"(?:invalid|unsupported|unknown) content (?:part|type)",
            r"vision (?:model|encoder|tower|adapter|projector|add-?on).{0,40}(?:not|missing|n't)",
            r"required for image|image (?:input|processor|support).{0,40}(?:not|missing|disabled|unavailable|n't)",
            # A server of texts alone has no list of parts as the content of a message.
            r"content.{0,80}(?:must be|should be|expected|valid|of type|to be)(?: an?)?(?: valid)? .?str(?:ing)?\b",
            r"(?:sequence|array|list).{0,40}expected an? .?str(?:ing)?\b",
            r"untagged enum \w*content",
        ),
        _any(
            r"(?:image|picture)[\w ]{0,30}(?:corrupt|truncat|damaged|decode|identif|fetch|download)",
            r"(?:corrupt|truncat|damaged|decode|identif|fetch|download)\w*[\w ]{0,30}(?:image|picture)",
            r"(?:un|not )supported (?:image|picture)(?:\.|,|;|:| \(|$)|valid image",
            r"one of the following (?:image )?formats|image/\w+",
            r"(?:invalid|illegal|incorrect|malformed|decod\w*) (?:\w+ )?base64",
            r"base64.{0,30}(?:invalid|illegal|malformed)",
        ),
    ),
    Rule(
        "system",
        INSIDE,
        _any(
            r"(?:system|developer)[`'\" ]*(?:role|messages?|prompts?|instructions?|turns?)\b.{0,80}" + NO,
            NO + r".{0,60}(?:system|developer)[`'\" ]+(?:role|messages?|prompts?|instructions?|turns?)\b",
            NO + r".{0,60}(?:[`'\"](?:system|developer)[`'\"]|\broles?[`'\" :=]+(?:system|developer)\b)",
            r"roles? .{0,30}(?:system|developer)[`'\" ].{0,60}(?:" + NO + "|must|only|not)",
            r"(?:system_instruction|systemInstruction)",
            r"roles? must alternate|must alternate (?:between )?(?:the )?.?(?:user|roles)",
            r"only (?:the )?.?user.? (?:and|or|,) .{0,20}assistant.{0,20}(?:roles?|supported|allowed)",
            r"(?:first|1st) message must (?:be|have|come) .{0,20}.user",
            r"role.{0,60}(?:should|must) be (?:one of |either )?.{0,3}user|got .?system",
            r"(?:no|not have|n't have|without) (?:an? |the )?(?:system|developer) (?:role|message|prompt|turn)",
            r"(?:must|should|does) (?:not )?(?:start|begin)s? with (?:a |the )?.?user",
            r"роль.{0,20}system.{0,40}не",
        ),
    ),
)
