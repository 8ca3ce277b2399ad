---@meta jackdaw
-- The rules API, version 1, for editors (LuaLS) and for readers. Nothing here runs.
-- Made by `jackdaw rules api --luals`.
--
-- A pack is a folder: `pack.lua` (the manifest), rule files `*.lua`, tests `*.test.lua` beside
-- them, lists `lists/*.txt`, draft templates `drafts/*.md`. Each rule file runs once, when the
-- release is made, and leaves rules behind; no state survives a message.
--
--   * Conditions are values. They are made while the file loads and are evaluated in C. Calling
--     `subject:says` inside a function is an error: make the condition outside and ask
--     `mail:meets(condition)`.
--   * There are no global variables of your own: write `local`. A function must not change a
--     local of its file; a rule that does so fails by name.
--   * Left out on purpose: os, io, debug, coroutine, load, print, next, setmetatable, rawset,
--     math.random, string.dump, string.pack, `%p`. `pairs` walks in sorted order of the keys.
--   * Phases: classify, then the verdict stands, then extract, draft, route. Order of files and
--     rules never matters. `category`, `verdict` and `priority` are known from extract on.
--
-- Words and phrases (`says`): upper and lower case and accents do not matter, white space
-- matches any white space. A phrase begins and ends at the border of a word; `*` at its start
-- or end opens that side: "invoic*", "*rechnung". At most 100 bytes each.
-- Regular expressions (`matches`, `named`): PCRE2 with UTF and Unicode classes, under a step
-- limit. Give the expression a plain word when you can ("total", "unsubscribe"): then it only
-- runs on mails that contain the word.

---A condition: a value that C evaluates for each mail.
---@class Condition

---@alias Words string|string[]

-- Text ------------------------------------------------------------------------------------

---@class Subject
subject = {}
---One of the words or phrases is in the subject.
---@param words Words
---@return Condition
function subject:says(words) end
---A regular expression over the subject.
---@param regex string
---@return Condition
function subject:matches(regex) end
---The subject is empty.
---@return Condition
function subject:is_empty() end

---The text of the mail as a reader sees it, without quoted mail, signature and disclaimer.
---@class Body
body = {}
---One of the words or phrases is in the text.
---@param words Words
---@return Condition
function body:says(words) end
---A regular expression over the first 128 KiB of the text.
---@param regex string
---@return Condition
function body:matches(regex) end
---A question mark ends a sentence.
---@return Condition
function body:has_question() end
---The text has fewer bytes.
---@param bytes integer
---@return Condition
function body:shorter_than(bytes) end
---The text has more bytes.
---@param bytes integer
---@return Condition
function body:longer_than(bytes) end
---More than `count` web links (http:// or https://).
---@param count integer
---@return Condition
function body:more_links_than(count) end

-- People ----------------------------------------------------------------------------------

---The sender.
---@class From
from = {}
---Words in the display name.
---@param words Words
---@return Condition
function from:says(words) end
---The address, its domain or a parent domain of it is on the list (pack.lua names the file).
---@param list string
---@return Condition
function from:on_list(list) end
---Domains, each with its subdomains: "acme.example".
---@param domains Words
---@return Condition
function from:domain_is(domains) end
---Whole addresses, or local parts with "@" at the end: "billing@".
---@param addresses Words
---@return Condition
function from:address_is(addresses) end
---A regular expression over the address in lower case.
---@param regex string
---@return Condition
function from:matches(regex) end
---A human wrote it, not a machine and not through a list: no List-Id, List-Unsubscribe,
---Auto-Submitted or bulk Precedence, and the address is not one of is_noreply.
---@return Condition
function from:is_person() end
---The address is a machine's: noreply, notifications, mailer-daemon, newsletter, ...
---@return Condition
function from:is_noreply() end
---The owner had written to this sender before.
---@return Condition
function from:is_known() end

---The addresses of To or of Cc.
---@class Recipients
local Recipients = {}
---One of the addresses is the owner's.
---@return Condition
function Recipients:is_me() end
---The owner is the only one.
---@return Condition
function Recipients:is_only_me() end
---There are more addresses than `count`.
---@param count integer
---@return Condition
function Recipients:more_than(count) end
---One of the domains, or a subdomain of it, is among the addresses.
---@param domains Words
---@return Condition
function Recipients:domain_is(domains) end
---One of the addresses, or local parts with "@" at the end, is among them.
---@param addresses Words
---@return Condition
function Recipients:address_is(addresses) end
---One of the addresses, its domain or a parent domain is on the list.
---@param list string
---@return Condition
function Recipients:on_list(list) end
---@type Recipients
to = {}
---@type Recipients
cc = {}

-- The mail's form -------------------------------------------------------------------------

---Header fields by name; upper and lower case do not matter.
---@class Headers
headers = {}
---The mail has a field of that name.
---@param name string
---@return Condition
function headers:has(name) end
---One of the words or phrases is in a field of that name.
---@param name string
---@param words Words
---@return Condition
function headers:says(name, words) end
---A regular expression over the fields of that name.
---@param name string
---@param regex string
---@return Condition
function headers:matches(name, regex) end

---What mailing lists and bulk senders say of themselves.
---@class List
list = {}
---There is a List-Unsubscribe field.
---@return Condition
function list:has_unsubscribe() end
---There is a List-Unsubscribe-Post field (RFC 8058): bulk senders have it.
---@return Condition
function list:has_one_click() end
---There is a List-Id field.
---@return Condition
function list:has_id() end

---Parts of the mail.
---@class Attachment
attachment = {}
---A part that is not shown inline.
---@return Condition
function attachment:is_there() end
---A part of one of these types: "application/pdf", "image/*".
---@param types Words
---@return Condition
function attachment:has_type(types) end
---A regular expression over the file name.
---@param regex string
---@return Condition
function attachment:named(regex) end

---A calendar part.
---@class Calendar
calendar = {}
---A text/calendar part with METHOD:REQUEST.
---@return Condition
function calendar:is_invite() end
---A text/calendar part of any kind.
---@return Condition
function calendar:is_there() end
---The method of the text/calendar part: "REQUEST", "CANCEL", "REPLY", ...
---@param methods Words
---@return Condition
function calendar:method_is(methods) end

---@class Language
language = {}
---The language of the text, ISO 639-1: "de".
---@param codes Words
---@return Condition
function language:is(codes) end

---The conversation.
---@class Thread
thread = {}
---The thread held a mail of the owner before this one.
---@return Condition
function thread:has_my_answer() end

---The mail as a whole.
---@class MailConditions
mail = {}
---"Re:" in the subject or an In-Reply-To field.
---@return Condition
function mail:is_reply() end
---The owner sent it.
---@return Condition
function mail:is_from_me() end
---Auto-Submitted (not "no"), or X-Auto-Response-Suppress, or Precedence: auto_reply.
---@return Condition
function mail:is_automatic() end
---There was text that a reader would not see.
---@return Condition
function mail:hides_text() end
---There is an HTML part.
---@return Condition
function mail:has_html() end

-- Known from extract on (not in `classify`) -----------------------------------------------

---@class Category
category = {}
---The category is one of these.
---@param names Words
---@return Condition
function category:is(names) end

---@class VerdictConditions
verdict = {}
---An answer is expected.
---@return Condition
function verdict:needs_reply() end
---The category's confidence is at least `confidence`.
---@param confidence number
---@return Condition
function verdict:is_sure(confidence) end

---@class Priority
priority = {}
---The priority is one of these: "urgent", "high", "normal", "low".
---@param names Words
---@return Condition
function priority:is(names) end

-- Models ----------------------------------------------------------------------------------

---A model of the release.
---@class Learned
local Learned = {}
---The model chooses this label; with `at_least`, it gives the label this probability (0 to 1).
---Each model is asked at most once for a mail.
---@param label string one of the model's labels
---@param at_least? number
---@return Condition
function Learned:is(label, at_least) end

---A model of the release: its file learned/NAME.model, made by `jackdaw learn NAME`.
---`evidence(3, "looks like spam", learned("spam"):is("spam", 0.9))`
---@param name string
---@return Learned
function learned(name) end

-- Putting conditions together -------------------------------------------------------------

---All of them; `all {}` is always true.
---@param conditions Condition[]
---@return Condition
function all(conditions) end

---At least one of them.
---@param conditions Condition[]
---@return Condition
function any(conditions) end

---None of them.
---@param conditions Condition[]
---@return Condition
function none(conditions) end

---The escape: any Lua over one mail, at most 500,000 instructions for a rule and a mail. True
---when the function returns anything but nil and false.
---@param test fun(mail: Mail): any
---@return Condition
function where(test) end

-- Rules -----------------------------------------------------------------------------------

---@class Evidence

---Put into a classify rule. The weight is in doublings: +1 makes the outcome twice as likely
---(-20 to 20, not 0). The name is what a person reads when asking why; no "/".
---@param weight number
---@param name string
---@param condition Condition
---@return Evidence
function evidence(weight, name, condition) end

---@class ClassifyRule
---@field name string letters, digits, "-", "_"
---@field only_if? Condition without it no evidence of the rule counts
---@field [integer] Evidence

---Adds evidence to an outcome. Outcomes of three scales:
---a category: personal, work, meeting, receipt, newsletter, promotion, notification, security,
---spam, or a name of your own; "priority:urgent", "priority:high", "priority:normal",
---"priority:low"; "needs-reply". In each scale the weights add up per outcome and the strongest
---positive outcome wins; "needs-reply" is yes above 0.
---@param outcome string
---@return fun(rule: ClassifyRule)
function classify(outcome) end

---@class ExtractRule
---@field name string
---@field only_if? Condition
---@field sentence_says? Words the function is called only for sentences with one of these: state them, for each call costs about a microsecond
---@field each_sentence fun(sentence: Sentence, mail: Mail): Task?

---Finds tasks: `extract "task" { ... }`.
---@param kind "task"
---@return fun(rule: ExtractRule)
function extract(kind) end

---@class DraftRule
---@field name string
---@field only_if Condition
---@field template string "drafts/meeting.md"; drafts/meeting.de.md is taken for German mail

---A fallback answer from a template. Template: optional front matter between "---" lines with
---`subject: ...` (default "Re: " and the subject), then the text. Placeholders, with an optional
---default behind "|" that is used when there is no value:
---{{sender_first_name|there}} {{sender_name}} {{sender_address}} {{subject}} {{date}} {{my_name}}
---{{my_first_name}} {{my_address}} {{category}}. An unknown one is an error of the pack.
---@param kind string
---@return fun(rule: DraftRule)
function draft(kind) end

---The one policy: whether the verdict stands or the AI is asked. The nearest pack's route counts.
---@param decide fun(mail: Mail, verdict: Verdict, budget: Budget): Route
function route(decide) end

-- What functions see ----------------------------------------------------------------------

---@class Person
---@field address string
---@field name string
---@field domain string

---A date in the owner's time zone.
---@class Date
---@field year integer
---@field month integer
---@field day integer
---@field hour integer
---@field minute integer
---@field weekday integer Monday is 1
---@field text string "2025-03-07T09:00"

---The mail, read-only; dead when the function has returned.
---@class Mail
---@field subject string
---@field text string all of it, with quotes
---@field body string without quotes, signature and disclaimer
---@field snippet string
---@field language string "" when unsure
---@field from Person
---@field to Person[]
---@field cc Person[]
---@field date Date the mail's own date: the only now
---@field is_reply boolean
---@field is_from_me boolean
---@field has_html boolean
---@field list_id string
---@field attachments { name: string, type: string, bytes: integer }[]
local Mail = {}
---Evaluates a condition made at load.
---@param condition Condition
---@return boolean
function Mail:meets(condition) end
---The first header field of that name, or nil.
---@param name string
---@return string?
function Mail:header(name) end

---A sentence of the mail outside quotes, signature, disclaimer and footer.
---@class Sentence
local Sentence = {}
---The sentence as it stands in the mail.
---@return string
function Sentence:text() end
---Words as in `body:says`.
---@param words Words
---@return boolean
function Sentence:says(words) end
---A date that the sentence names, in English or German: "by Friday", "tomorrow", "until 7
---March", "bis Freitag", "by 5 pm", "2025-03-07", "end of month", "next week", ... nil when there
---is none or it is over.
---@return Due?
function Sentence:due_date() end
---It asks or tells the reader to do something: "please ...", "could you ...", "bitte ...".
---@return boolean
function Sentence:asks_me() end
---The sentence as a to-do line: "Could you please send the plan?" gives "Send the plan".
---@return string
function Sentence:as_request() end

---@class Due
---@field date string "2025-03-07" in the owner's time zone
---@field time? string "17:00" when a time of day was said
---@field days integer days from the mail's date

---@class Task

---A task; the title is one line of at most 200 bytes.
---@param task { title: string, due?: Due, quote?: Sentence, confidence?: number }
---@return Task
function task(task) end

---What a route answers.
---@class Route

---The verdict stands.
---@param reason string
---@return Route
function keep(reason) end

---The AI is asked.
---@param question { purpose: string, class?: string, because: string }
---@return Route
function ask(question) end

---What was decided, read-only.
---@class Verdict
---@field category string
---@field confidence number 0..1
---@field priority string
---@field needs_reply boolean
---@field tasks_count integer
---@field drafts_count integer
local Verdict = {}
---Whether evidence fired: "rule/evidence" or "pack/rule/evidence".
---@param id string
---@return boolean
function Verdict:fired(id) end

---@class Budget
---@field left number 0..1, the part of the owner's AI budget that is left

-- The manifest and other files ------------------------------------------------------------

---What pack.lua returns.
---@class Pack
---@field name string the folder's name
---@field version integer
---@field api 1
---@field extends? string the pack below
---@field lists? table<string, string> name to file: lines of addresses and domains, "#" comments
---@field tune? table<string, number> "pack/rule/evidence" to its new weight
---@field off? string[] "pack/rule" or "pack/rule/evidence"
---@field confidence? number[][] { {score, value}, ... } rising; default 2^s / (1 + 2^s)

---Runs another file of the pack once and gives what it returned, frozen: `require "lib/words"`.
---@param name string
---@return any
function require(name) end

-- Tests (in *.test.lua only) --------------------------------------------------------------

---The mail of a test.
---@class Given
---@field date? string RFC 3339, default "2025-03-03T09:00:00Z"; its offset is the owner's zone
---@field zone? string a POSIX zone instead: "CET-1CEST,M3.5.0,M10.5.0/3"
---@field me? string the owner's address, default "me@example.org"
---@field from? string "Acme <orders@acme.example>", default "someone@example.com"
---@field to? Words default: me
---@field cc? Words
---@field subject? string
---@field text? string
---@field html? string
---@field headers? table<string, string>
---@field attachments? { name: string, type: string, text?: string }[]
---@field calendar? string a text/calendar part with this method: "REQUEST"
---@field facts? ("from_me"|"wrote_to_sender"|"thread_has_mine")[]
---@field raw? string the whole mail instead of the fields above (date, zone, me, facts still count)

---What must come of it; what is not named may be anything.
---@class Expect
---@field category? string
---@field confidence? number|Bound
---@field priority? string
---@field needs_reply? boolean
---@field is_task? boolean something in it asks, proposes or promises
---@field fired? string[] "rule/evidence"; more may have fired
---@field not_fired? string[]
---@field tasks? { due?: string, quote?: string, title?: string }[] each matches one task; none is left
---@field tasks_count? integer
---@field drafts? string[] kinds; exactly these
---@field route? "keep"|"ask"

---@class Bound

---That much or more.
---@param confidence number
---@return Bound
function at_least(confidence) end

---That much or less.
---@param confidence number
---@return Bound
function at_most(confidence) end

---The mail of a test.
---@param given Given
function given(given) end

---What the rules must say of it.
---@param expect Expect
function expect(expect) end

---`test "an order is a receipt" { given { ... }, expect { ... } }`; a failing rule fails the test.
---@param name string
---@return fun(case: table)
function test(name) end
