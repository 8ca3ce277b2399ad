/**
 * What a worker and a compute child say to each other, as tags of base/record.h. Both wings
 * include this floor and nothing else of each other. Appending a tag is safe; renumbering is
 * not.
 *
 * A conversation: LOAD a release (once per child and release), then per batch PARSE, look up
 * the history facts of what came back, DECIDE. The child keeps the parsed batch until the next
 * PARSE or FORGET, so DECIDE names messages by index alone. Each request is answered by exactly
 * one frame with the same id: the named answer, or FAILED. The worker treats every answer as
 * hostile: the child that made it has read a stranger's mail.
 */
#ifndef JD_WIRE_ANALYSIS_H
#define JD_WIRE_ANALYSIS_H

enum jd_wire_kind {
    JD_WIRE_LOAD = 1, // -> LOADED:   compile a release
    JD_WIRE_LOADED,
    JD_WIRE_PARSE, // -> PARSED:   raw mails to messages
    JD_WIRE_PARSED,
    JD_WIRE_DECIDE, // -> DECIDED:  verdicts on the batch parsed last
    JD_WIRE_DECIDED,
    JD_WIRE_TEST, // -> TESTED:   run the tests of a loaded release
    JD_WIRE_TESTED,
    JD_WIRE_PROBE, // -> PROBED:   try what is forbidden and say what happened (frame test)
    JD_WIRE_PROBED,
    JD_WIRE_FAILED, // answer: STATUS, ERROR_TEXT; the child is fine and goes on
    JD_WIRE_FORGET, // no answer: the batch is done with, its memory may go

    JD_WIRE_TEACH = 40, // -> TAUGHT:   features of mails or texts; the batch is forgotten
    JD_WIRE_TAUGHT,
    JD_WIRE_TRAIN, // -> TRAINED:  a model of lessons
    JD_WIRE_TRAINED,

    JD_WIRE_LINT = 50, // -> LINTED:   what is doubtful in a loaded release
    JD_WIRE_LINTED,
    JD_WIRE_API, // -> APIS:     the rules API, for readers and editors
    JD_WIRE_APIS,
};

enum jd_wire_tag {
    /* any */
    JD_TAG_ERROR_TEXT = 1, // bytes, one sentence
    JD_TAG_STATUS,         // int, enum jd_status

    /* LOAD: RELEASE, FILE...   LOADED: STATUS, PROBLEM...   (compile and lint findings) */
    JD_TAG_RELEASE = 10, // int, release id; also in DECIDE
    JD_TAG_FILE,         // group: PATH, CONTENT ("standard/pack.lua", text)
    JD_TAG_PATH,         // bytes
    JD_TAG_CONTENT,      // bytes
    JD_TAG_PROBLEM,      // group: PATH, LINE, ERROR_TEXT
    JD_TAG_LINE,         // int

    /* PARSE: WANT_HTML, MAIL...   PARSED: MESSAGE... (one per MAIL, same order; one that could
     * not be read carries STATUS and ERROR_TEXT) */
    JD_TAG_MAIL = 20,   // group: INDEX, RECEIVED_MS, RAW
    JD_TAG_INDEX,       // int, 0-based place in the batch
    JD_TAG_RECEIVED_MS, // int
    JD_TAG_RAW,         // bytes
    JD_TAG_MESSAGE,     // group: INDEX and the MESSAGE tags below
    JD_TAG_WANT_HTML,   // int 0/1: safe HTML is made (default 1)

    /* MESSAGE */
    JD_TAG_CONTENT_KEY = 30, // bytes, 32: BLAKE2b of the raw mail
    JD_TAG_BYTES,            // int, size of the raw mail
    JD_TAG_SUBJECT,          // bytes, UTF-8, decoded, one line
    JD_TAG_BASE_SUBJECT,     // bytes, RFC 5256 2.1 base subject, folded for comparing
    JD_TAG_IS_REPLY, // int 0/1: the subject had Re: (Aw:, Sv:, ...) or there is an In-Reply-To
    JD_TAG_FROM,     // group: ADDRESS, NAME
    JD_TAG_SENDER,   // group, only if it differs
    JD_TAG_TO,       // group, repeated; up to 200
    JD_TAG_CC,       // group, repeated
    JD_TAG_REPLY_TO, // group, repeated
    JD_TAG_ADDRESS,  // bytes, addr-spec, domain in lower case
    JD_TAG_NAME,     // bytes, display name, decoded
    JD_TAG_DATE_MS,  // int, Date header; absent if unusable
    JD_TAG_MESSAGE_ID,   // bytes, without <>
    JD_TAG_REFERENCE,    // bytes, repeated, oldest first, In-Reply-To last; at most 64
    JD_TAG_LIST_ID,      // bytes, RFC 2919 id without <>
    JD_TAG_DELIVERED_TO, // bytes, repeated, addresses the mail was delivered to
    JD_TAG_TEXT,         // bytes, UTF-8, what a reader would see
    JD_TAG_HTML,         // bytes, safe HTML (UTF-8), absent if there is none
    JD_TAG_SNIPPET, // bytes, UTF-8, at most 200 bytes, one line, without quote and signature
    JD_TAG_TOKENS,  // bytes, base/token.h tokens of the text
    JD_TAG_SUBJECT_TOKENS, // bytes
    JD_TAG_PEOPLE_TOKENS,  // bytes: names and addresses of From, To, Cc
    JD_TAG_LANGUAGE,       // bytes, ISO 639-1, absent if unsure
    JD_TAG_ATTACHMENT,  // group, repeated: NAME, MIME_TYPE, BYTES, PART_ID, CONTENT_ID, INLINE
    JD_TAG_MIME_TYPE,   // bytes
    JD_TAG_PART_ID,     // bytes, IMAP section number: "1.2"
    JD_TAG_CONTENT_ID,  // bytes, without <>
    JD_TAG_INLINE,      // int 0/1
    JD_TAG_ZONE,        // group, repeated: ZONE_KIND, START, END (bytes of TEXT)
    JD_TAG_ZONE_KIND,   // int, enum jd_zone_kind
    JD_TAG_START,       // int
    JD_TAG_END,         // int
    JD_TAG_TRUNCATED,   // int, bits of enum jd_mail_limit that were hit; 0 or absent: none
    JD_TAG_HIDDEN_TEXT, // int 0/1: there was text that a reader would not see
    JD_TAG_TEXT_Z,      // bytes, zstd frame of TEXT (base/compress.h), sent instead of it
    JD_TAG_HTML_Z,      // bytes, zstd frame of HTML, sent instead of it
    JD_TAG_FROM_LIST,   // int 0/1: has List-Id, List-Post or a Precedence of bulk mail

    /* DECIDE: RELEASE, OWNER_ADDRESS..., ZONE_FILE, SUSPENDED..., FACTS... (one per message to
     * decide) DECIDED: VERDICT... (one per FACTS, same order) */
    JD_TAG_OWNER_ADDRESS = 80, // bytes, repeated, lower case
    JD_TAG_ZONE_FILE,   // bytes, the owner's time zone as a TZif file (RFC 8536); absent: UTC
    JD_TAG_SUSPENDED,   // bytes, repeated: "pack/rule" that must not run
    JD_TAG_FACTS,       // group: INDEX, FACT_BITS
    JD_TAG_FACT_BITS,   // int, enum jd_fact
    JD_TAG_VERDICT,     // group: INDEX and the tags below
    JD_TAG_CATEGORY,    // bytes, "receipt"
    JD_TAG_PRIORITY,    // bytes, "urgent" "high" "normal" "low"
    JD_TAG_NEEDS_REPLY, // int 0/1
    JD_TAG_CONFIDENCE,  // real 0..1, of the category
    JD_TAG_EVIDENCE,    // group, repeated: EVIDENCE_ID, SCALE, WEIGHT, WORDS
    JD_TAG_EVIDENCE_ID, // bytes, "pack/rule/evidence"
    JD_TAG_SCALE,       // bytes, "receipt", "priority:high", "needs-reply"
    JD_TAG_WEIGHT,      // real
    JD_TAG_WORDS,       // bytes, the words that matched, at most 120; absent if none
    JD_TAG_TASK,     // group, repeated: TITLE, DUE_MS, DUE_DATE, START, END, CONFIDENCE, RULE
    JD_TAG_TITLE,    // bytes, at most 200
    JD_TAG_DUE_MS,   // int, absent if none
    JD_TAG_DUE_DATE, // bytes, "2025-03-07" in the owner's zone; absent when a time of day was
                     // said
    JD_TAG_RULE,     // bytes, "pack/rule"
    JD_TAG_QUOTE,    // bytes, TEXT from START to END
    JD_TAG_DRAFT,    // group, repeated: RULE, SUBJECT, CONTENT, LANGUAGE, KIND
    JD_TAG_KIND,     // bytes, "acknowledge"
    JD_TAG_FAILURE,  // group, repeated: RULE, FAILURE_KIND, PATH, LINE, ERROR_TEXT
    JD_TAG_FAILURE_KIND, // bytes: "compile" "runtime" "instructions" "memory" "time" "output"
    JD_TAG_ROUTE,        // bytes, "keep" or "ask"
    JD_TAG_ROUTE_REASON, // bytes

    /* TEST: RELEASE   TESTED: CASE... */
    JD_TAG_CASE = 120,  // group: NAME, PATH, LINE, STATUS (0 passed), ERROR_TEXT
    JD_TAG_RULES_COUNT, // int, in LOADED: rules that are active

    /* PROBE: nothing   PROBED: ATTEMPT... */
    JD_TAG_ATTEMPT = 130, // group: NAME ("open", "socket", ...), STATUS (errno; 0: it worked,
                          // which is bad)

    /* DECIDE may have WANT_IS_TASK; VERDICT then IS_TASK, and always LEARNED... */
    JD_TAG_WANT_IS_TASK = 200, // int 0/1
    JD_TAG_IS_TASK,            // int 0/1: something in it asks, proposes or promises
    JD_TAG_LEARNED,            // group, repeated, one for each model: NAME, LABEL, SCORE
    JD_TAG_LABEL,              // bytes
    JD_TAG_SCORE,              // real 0..1, the label's probability

    /* TEACH: MAIL... (INDEX and RAW, or INDEX and TEXT)   TAUGHT: LESSON... (one for each, same
     * order: FEATURES, or STATUS and ERROR_TEXT) */
    JD_TAG_LESSON = 210, // group; in TRAIN: FEATURES, LABEL
    JD_TAG_FEATURES,     // bytes, script/learner_features.h; a worker only keeps them

    /* TRAIN: LESSON...   TRAINED: MODEL, the numbers below, LABEL_REPORT... */
    JD_TAG_MODEL = 220,       // bytes, the text of learned/NAME.model
    JD_TAG_LESSONS_COUNT,     // int
    JD_TAG_FEATURES_COUNT,    // int, that the model keeps
    JD_TAG_ACCURACY,          // real 0..1; this and the following by cross-validation
    JD_TAG_MACRO_F1,          // real 0..1
    JD_TAG_CALIBRATION_ERROR, // real 0..1
    JD_TAG_LABEL_REPORT,      // group, repeated: LABEL, LESSONS_COUNT, PRECISION, RECALL, F1
    JD_TAG_PRECISION,         // real 0..1
    JD_TAG_RECALL,            // real 0..1
    JD_TAG_F1,                // real 0..1

    /* DECIDE may have WANT; VERDICT then RULE_RUN... and WHY_NOT... LOADED: INSTRUCTIONS,
     * TIME_NS and PEAK_BYTES of loading; its PROBLEMs have FAILURE_KIND */
    JD_TAG_WANT = 230,   // int, bits of enum jd_want
    JD_TAG_RULE_RUN,     // group, repeated, by place in the files: RULE, PATH, LINE, MATCHED,
                         // INSTRUCTIONS, TIME_NS, PEAK_BYTES, and FAILURE if it failed
    JD_TAG_MATCHED,      // int 0/1: evidence fired, or a task, draft or route was made
    JD_TAG_INSTRUCTIONS, // int, of Lua, and what C did on its account
    JD_TAG_TIME_NS,      // int
    JD_TAG_PEAK_BYTES,   // int, that the sandbox held at most
    JD_TAG_WHY_NOT,      // group, repeated: RULE, EVIDENCE_ID (absent: only_if), NAME (the
                         // condition as written), WORDS (the value it had)

    /* LINT: RELEASE   LINTED: FINDING... */
    JD_TAG_FINDING = 240, // group: SEVERITY, CODE, PATH, LINE, ERROR_TEXT, CURE
    JD_TAG_SEVERITY,      // int, enum jd_severity
    JD_TAG_CODE,          // bytes, "unknown-name"
    JD_TAG_CURE,          // bytes, what to do about it; may be absent

    /* API: nothing   APIS: API_ENTRY... in the order in which they are explained */
    JD_TAG_API_ENTRY =
            250,     // group: API_KIND, OWNER, NAME, PARAMS, GIVES, CONTENT; absent: none
    JD_TAG_API_KIND, // int, enum jd_wire_api_kind
    JD_TAG_OWNER,    // bytes, the class; of a class: its global objects, "to, cc"
    JD_TAG_PARAMS,   // bytes, "label: string -- one of the model's; at_least?: number"
    JD_TAG_GIVES,    // bytes, a type
};

enum jd_wire_api_kind {
    JD_WIRE_API_NOTE = 1,
    JD_WIRE_API_SECTION,
    JD_WIRE_API_ALIAS,
    JD_WIRE_API_CLASS,
    JD_WIRE_API_FIELD, // PARAMS "?": may be absent
    JD_WIRE_API_METHOD,
    JD_WIRE_API_FUNCTION,
};

/** What DECIDE tells beside the verdict. */
enum jd_want {
    JD_WANT_RUNS = 1 << 0,  // what each rule did and took
    JD_WANT_WHY = 1 << 1,   // why rules did not fire
    JD_WANT_EXACT = 1 << 2, // with RUNS: each instruction is counted, which is slow
};

enum jd_severity {
    JD_SEVERITY_ERROR = 1, // the release must not become active
    JD_SEVERITY_WARNING,
};

/** Bounds that both sides know. A batch that would pass them is refused by FAILED with
 * JD_BAD_INPUT; a batch of one mail never is. */
#define JD_WIRE_BATCH_MAX          500                // mails in one PARSE
#define JD_WIRE_FRAME_MAX          (80 * 1024 * 1024) // bytes of one frame, either way
#define JD_WIRE_FEATURES_BYTES_MAX (16 * 1024)        // of one lesson
#define JD_WIRE_MODEL_BYTES_MAX    (6 * 1024 * 1024)  // text of one model
#define JD_WIRE_RELEASES_MAX       16 // a child keeps this many; the one loaded first goes

/** History as of the message's own time, looked up by the worker, readable by rules. */
enum jd_fact {
    JD_FACT_FROM_ME = 1 << 0,         // the owner sent it
    JD_FACT_WROTE_TO_SENDER = 1 << 1, // the owner had written to this sender before
    JD_FACT_THREAD_HAS_MINE = 1 << 2, // the thread held a mail of the owner before this one
};

enum jd_zone_kind {
    JD_ZONE_QUOTE = 1,  // quoted earlier mail, with its "On ... wrote:" line
    JD_ZONE_SIGNATURE,  // from "-- " or a recognised closing block to the end
    JD_ZONE_DISCLAIMER, // legal boilerplate
    JD_ZONE_FOOTER,     // mailing-list or bulk footer
};

/** Which bound cut something off. */
enum jd_mail_limit {
    JD_LIMIT_DEPTH = 1 << 0,
    JD_LIMIT_PARTS = 1 << 1,
    JD_LIMIT_HEADERS = 1 << 2,
    JD_LIMIT_TEXT = 1 << 3,
    JD_LIMIT_HTML = 1 << 4,
    JD_LIMIT_ADDRESSES = 1 << 5,
    JD_LIMIT_TOKENS = 1 << 6,
};

#endif
