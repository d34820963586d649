"""The tables of the database, one file for each group of tables that belong together."""

from app.models.access import ApiToken, OneTimeLink, User, WebSession
from app.models.alerts import Alert, AlertDestination, AlertHit
from app.models.audit import AuditEntry
from app.models.base import Base
from app.models.channels import Channel, ChannelName, TelegramLogin
from app.models.counters import Counter, CounterDelta
from app.models.enrichment import PostEnrichment, TagChange
from app.models.events import DroppedEvent, OutboxEvent
from app.models.exports import Export, ExportMedia, ExportPart
from app.models.forgotten import Forgetting, ForgettingFile, Tombstone, TombstoneKey
from app.models.gallery import Shown, ShownFill
from app.models.left_out import LeftOutMedia
from app.models.look_alikes import LookAlike, LookAlikeCentre, LookAlikeDue, LookAlikeFill
from app.models.media import MediaFile, MediaVision, VisionChain, VisionVersion
from app.models.paid import BudgetCap, PaidProvider, RawAnswerRow, TokenLedger
from app.models.posts import Post, PostMedia
from app.models.publications import MediaGroup, MediaGroupItem, Publication
from app.models.questions import AnswerSentence, Question, QuestionSpan
from app.models.reprocess import ReprocessRun
from app.models.search import SavedSearch, SearchDocument, SearchEmbedding, SearchList
from app.models.search_words import SearchDocumentWords, SearchWord, SearchWordDelta, SearchWordsFill
from app.models.server_lessons import ServerLesson
from app.models.thumbnails import ThumbnailFill
from app.models.trends import ForwardWeek, SearchDocumentTrends, SearchTrendDelta, SearchTrendsFill, TagDay
from app.models.work import Work, WorkerHeartbeat

__all__ = [
    "Alert",
    "AlertDestination",
    "AlertHit",
    "AnswerSentence",
    "ApiToken",
    "AuditEntry",
    "Base",
    "BudgetCap",
    "Channel",
    "ChannelName",
    "Counter",
    "CounterDelta",
    "DroppedEvent",
    "Export",
    "ExportMedia",
    "ExportPart",
    "Forgetting",
    "ForgettingFile",
    "ForwardWeek",
    "LeftOutMedia",
    "LookAlike",
    "LookAlikeCentre",
    "LookAlikeDue",
    "LookAlikeFill",
    "MediaFile",
    "MediaGroup",
    "MediaGroupItem",
    "MediaVision",
    "OneTimeLink",
    "OutboxEvent",
    "PaidProvider",
    "Post",
    "PostEnrichment",
    "PostMedia",
    "Publication",
    "Question",
    "QuestionSpan",
    "RawAnswerRow",
    "ReprocessRun",
    "SavedSearch",
    "SearchDocument",
    "SearchDocumentTrends",
    "SearchDocumentWords",
    "SearchEmbedding",
    "SearchList",
    "SearchTrendDelta",
    "SearchTrendsFill",
    "SearchWord",
    "SearchWordDelta",
    "SearchWordsFill",
    "ServerLesson",
    "Shown",
    "ShownFill",
    "TagChange",
    "TagDay",
    "TelegramLogin",
    "ThumbnailFill",
    "TokenLedger",
    "Tombstone",
    "TombstoneKey",
    "User",
    "VisionChain",
    "VisionVersion",
    "WebSession",
    "Work",
    "WorkerHeartbeat",
]
