/* Cues of requests, and their sum. */
#include "script/request.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/span.h"
#include "script/sentence.h"
#include "script/words.h"

#define BEFORE           (-2.5)      // a sentence without any cue
#define LEAD_WORDS       4           // of a name before a comma
#define FOLDED_BYTES_MAX (16u << 10) // of a sentence

/* Phrases between bars, folded: lower case, no accents. */
struct cue {
    double weight;
    const char *phrases;
};

static const struct cue cues[] = {
    /* asks politely */
    { 2.5, "please|pls|plz|kindly|bitte|bitten" },
    /* asks whether the reader can */
    { 1.5, "can you|could you|would you|will you|are you able to|won't you|can someone|"
           "could someone|can anyone|anyone able|would it be possible|is it possible|any chance|"
           "would appreciate|appreciate it if|be grateful|do you mind|if you can|if you could|"
           "if you would|you could|you can|feel free|kannst du|konntest du|konnt ihr|"
           "konntet ihr|konnen sie|konnten sie|wurdest du|wurden sie|magst du|mochtest du|"
           "ware es moglich|ist es moglich|waren sie so|falls du|wenn sie konnten" },
    /* proposes */
    { 1.5, "can we|could we|may i|can i|could i|should we|should i|shall we|shall i|how about|"
           "what about|why don't we|why don't you|why not|let's|lets|let us|we should|we could|"
           "i suggest|suggest that|i propose|i recommend|maybe we|perhaps we|"
           "would be good to|would be great to|would be nice to|we need to|we have to|we must|"
           "i'd suggest|we ought|sollen wir|sollten wir|wollen wir|wollten wir|lass uns|"
           "lasst uns|lassen sie uns|wie ware es|ich schlage vor|wir mussen|wir konnten|"
           "vielleicht konnen wir" },
    /* wants to be told, given or called */
    { 2, "let me know|let us know|tell me|give me|send me|get me|back to me|call me|give us|"
         "send us|email me|e-mail me|mail me|remind me|drop me|keep me|show me|help me|fax me|"
         "page me|contact me|let him know|let her know|let them know|let everyone know|ask him|"
         "ask her|call him|call her|need your|i need|i'll need|we need|advise|bescheid|"
         "schick mir|schicken sie mir|ruf mich|rufen sie mich|gib mir|geben sie mir|sag mir|"
         "sagen sie mir|erinnere mich|ich brauche|wir brauchen|ich benotige|wir benotigen" },
    /* tells the reader to, or by when */
    { 1, "you need|you should|you must|you have to|you may need|you'll need|you will need|"
         "you'll have to|you will have to|you might want|you may want|need you|want you to|"
         "like you to|ask you to|ask that you|asking you|request that|make sure|be sure|"
         "remember to|don't forget|do not forget|needs to be|need to be|must be|to be done|"
         "due by|due on|no later than|by the end of|deadline|required to|is required|"
         "take a look|have a look|look into|look at|look over|du musst|sie mussen|du solltest|"
         "sie sollten|vergiss nicht|vergessen sie nicht|denk dran|denk daran|denken sie daran|"
         "bis spatestens|frist|muss noch" },
    /* promises or offers */
    { 1, "i will|i'll|we will|we'll|i shall|i am going to|i'm going to|we are going to|"
         "we're going to|i can|we can|i plan to|let me|i could|i would be happy|i'd be happy|"
         "happy to|glad to|be able to|shall|ich werde|wir werden|ich kann|wir konnen|"
         "ich kummere mich|wir kummern uns|gerne" },
    /* what people do for each other */
    { 2, "call|send|forward|discuss|meet|review|talk|schedule|visit|join|contact|confirm|check|"
         "set up|get together|follow up|get back|respond|reply|attend|chat|speak|debrief|"
         "invite|sign|print|fill out|fill in|pick up|coordinate|touch base|catch up|"
         "get in touch|update|provide|complete|arrange|stop by|come by|drop by|rsvp|revise|"
         "approve|finalize|circulate|anrufen|schicken|senden|weiterleiten|besprechen|treffen|"
         "prufen|vereinbaren|melden|antworten|bestatigen|unterschreiben|ausfullen|ausdrucken|"
         "abholen|vorbeikommen|uberarbeiten|freigeben|teilnehmen|zusagen|kummern|erledigen" },
    /* where people come together, and what is wanted from them */
    { 1.5, "meeting|lunch|dinner|breakfast|conference call|coffee|drinks|appointment|interview|"
           "agenda|a call|a minute|a chance|a time|a copy|calendar|your thoughts|"
           "your comments|your input|your feedback|your opinion|besprechung|mittagessen|"
           "abendessen|termin|kaffee|eine kopie|deine meinung|ihre meinung|ruckmeldung" },
    /* asks the reader about something */
    { 0.5, "do you|did you|are you|have you|were you|does anyone|what do you|what are your|"
           "what is your|what's your|where are|where is|when is|when are|when will|when do|"
           "what time|how do|how is|how are|how much|who is|who will|is there|are there|"
           "is that|is this|does this|does that|do we|did we|are we|have we|has anyone|"
           "what should|which one|hast du|haben sie|weisst du|wissen sie|wann|welche|wer kann" },
    /* soon */
    { 1, "tomorrow|tonight|asap|next week|this week|this afternoon|this morning|monday|tuesday|"
         "wednesday|thursday|friday|saturday|sunday|weekend|as soon as|today|soon|when you|"
         "morgen|heute|nachste woche|diese woche|montag|dienstag|mittwoch|donnerstag|freitag|"
         "samstag|sonntag|wochenende|so bald wie|sobald|umgehend" },
    /* polite forms that ask for nothing */
    { -4, "please note|please find|please be advised|please see attached|do not reply|"
          "bitte beachten|bitte entnehmen|nicht antworten|consider the environment|"
          "think before you print|an die umwelt|see attached|see the attached|"
          "see attachment|see attachments|siehe anhang|have you seen|have you heard" },
    /* thanks, hopes, and what closes a mail */
    { -1.5, "please click|please add|unsubscribe|no longer wish|opt out|opt-out|address book|"
            "thank you|thanks for|thanks|look forward|looking forward|attached is|"
            "attached are|to ensure|hope you|hope this|hope that|hope all|inbox|privacy|"
            "all rights|copyright|to receive|if you do not|if you don't|if this|as you know|"
            "no longer|i believe|i think|anbei|danke|vielen dank|abmelden|abbestellen|"
            "im anhang|ich freue mich|ich glaube" },
    /* tells what was, or what others do */
    { -1, "was|were|had|he|she|they|said|didn't|did not|been|got|sent|received|talked|thought|"
          "made|asked|told|called|spoke|forwarded|discussed|signed|used to|years|always|every|"
          "because|than|there is|there are|has|war|waren|hatte|hatten|sagte|wurde|er|gesagt|"
          "geschickt|bekommen|gemacht|immer|weil" },
    /* sells */
    { -1, "free|off|sale|save|win|offer|offers|price|prices|products|customers|deal|deals|"
          "discount|shop|buy|order now|limited time|best|gratis|angebot|angebote|rabatt|preis|"
          "kaufen|gewinnen|sparen" },
};

/* Beginnings that tell the reader to do something. */
static const struct cue commands = { 1.5,
    "call|send|forward|give|get|let|take|see|look|check|review|visit|join|contact|confirm|make|"
    "keep|tell|ask|come|go|try|add|use|click|download|install|sign|register|follow|read|find|"
    "put|bring|set|schedule|update|email|e-mail|mail|fax|print|write|reply|respond|provide|"
    "submit|complete|fill|attend|meet|talk|discuss|speak|pick|drop|help|remind|consider|note|"
    "remember|ensure|verify|open|enter|select|create|start|begin|stop|change|move|copy|paste|"
    "log|login|upgrade|activate|save|order|buy|purchase|share|learn|discover|explore|watch|"
    "listen|view|browse|shop|enjoy|claim|redeem|apply|book|reserve|rsvp|invite|attach|include|"
    "remove|delete|prepare|draft|revise|work|coordinate|arrange|handle|approve|advise|inform|"
    "notify|page|ring|plan|wait|hold|stay|feel|don't|do|be|schick|schicken|sende|senden|ruf|"
    "rufen|gib|geben|sag|sagen|komm|kommen|mach|machen|nimm|nehmen|lies|lesen|pruf|prufe|"
    "prufen|schau|schauen|melde|melden|denk|vergiss|antworte|antworten|bestatige|bestatigen|"
    "klicke|klicken|besuche|besuchen|trag|buche|buchen|bring|bringen|frag|fragen|lass|lassen" };
static const struct cue polite_start = { 2, "please|pls|plz|kindly|bitte" };
static const double question_weight = 2;
/* of a question alone */
static const struct cue to_reader = { 1, "you|your|du|dein|deine|ihr|sie|ihre|ihnen" };

/* What may stand before a command: it changes nothing. */
static const char lead_ins[] =
        "|hi|hello|hey|dear|also|and|so|then|but|or|just|first|second|"
        "next|finally|otherwise|again|ok|okay|yes|no|guys|folks|all|team|"
        "everyone|now|meanwhile|always|simply|hallo|liebe|lieber|und|"
        "auch|dann|also|nun|jetzt|ja|nein|";

static bool is_one_of(struct jd_span word, const char *phrases)
{
    struct jd_span rest = jd_span_of(phrases), phrase;
    while (jd_span_split(&rest, '|', &phrase)) {
        if (word.len && jd_span_equal(word, phrase)) {
            return true;
        }
    }
    return false;
}

static bool is_word_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c & 0x80) || c == '\'' || c == '-';
}

/* The first word; `text` begins with it afterwards. */
static struct jd_span first_word(struct jd_span *text)
{
    while (text->len && (!is_word_byte(text->data[0]) || strchr("-'", text->data[0]))) {
        *text = jd_span_sub(*text, 1, text->len);
    }
    size_t len = 0;
    while (len < text->len && is_word_byte(text->data[len])) {
        len++;
    }
    return jd_span_sub(*text, 0, len);
}

/* Whether up to four words and a comma come first: a name, "to be safe,". How many bytes. */
static size_t address_bytes(struct jd_span text)
{
    size_t at = 0, words = 1;
    while (at < text.len && words <= LEAD_WORDS) {
        if (text.data[at] == ',') {
            return at + 1;
        }
        words += text.data[at] == ' ';
        if (!is_word_byte(text.data[at]) && text.data[at] != ' ' && text.data[at] != '.') {
            return 0;
        }
        at++;
    }
    return 0;
}

/* The sentence from where a command would stand; `out_word` is its first word. */
static void find_start(struct jd_span text, struct jd_span *out_word)
{
    for (;;) {
        struct jd_span word = first_word(&text);
        size_t address = address_bytes(text);
        *out_word = word;
        if (is_one_of(word, commands.phrases) || is_one_of(word, polite_start.phrases)) {
            return;
        }
        if (word.len && is_one_of(word, lead_ins)) {
            text = jd_span_sub(text, word.len, text.len);
        } else if (address) {
            text = jd_span_sub(text, address, text.len);
        } else {
            return;
        }
    }
}

static bool ends_with_question(struct jd_span folded)
{
    while (folded.len && strchr(" \"')!", folded.data[folded.len - 1])) {
        folded.len--;
    }
    return folded.len && folded.data[folded.len - 1] == '?';
}

/* The groups of cues, and behind them the words of a question to the reader. */
#define CUES_COUNT (sizeof(cues) / sizeof(*cues))
#define TO_READER  CUES_COUNT

struct jd_requests {
    struct jd_words *words;
    uint32_t *groups; // of each word: one bit for each group that has it
    uint32_t count;   // words
    uint8_t *hits;
    uint32_t *found;
    struct jd_buf folded;
};

static void add_group(struct jd_requests *requests, const char *phrases, size_t group)
{
    struct jd_span rest = jd_span_of(phrases), phrase;
    while (jd_span_split(&rest, '|', &phrase)) {
        // Cannot fail: the phrases are ours and fewer than the table takes.
        uint32_t word = jd_words_add(requests->words, phrase, NULL);
        if (word == requests->count) {
            requests->groups = jd_xrealloc(
                    requests->groups, (requests->count + 1) * sizeof(*requests->groups));
            requests->groups[requests->count++] = 0;
        }
        requests->groups[word] |= 1u << group;
    }
}

struct jd_requests *jd_requests_create(void)
{
    struct jd_requests *requests = jd_xalloc(sizeof(*requests));
    requests->words = jd_words_create();
    requests->folded = jd_buf_init(FOLDED_BYTES_MAX);
    for (size_t i = 0; i < CUES_COUNT; i++) {
        add_group(requests, cues[i].phrases, i);
    }
    add_group(requests, to_reader.phrases, TO_READER);
    jd_words_compile(requests->words);
    requests->hits = jd_xalloc(requests->count + 1);
    requests->found = jd_xalloc((requests->count + 1) * sizeof(*requests->found));
    return requests;
}

void jd_requests_destroy(struct jd_requests **requests)
{
    struct jd_requests *r = *requests;
    if (r == NULL) {
        return;
    }
    jd_words_destroy(&r->words);
    free(r->groups);
    free(r->hits);
    free(r->found);
    jd_buf_finish(&r->folded);
    free(r);
    *requests = NULL;
}

/* One bit for each group that the sentence has a phrase of. */
static uint32_t find_groups(struct jd_requests *requests, struct jd_span folded)
{
    uint32_t groups = 0;
    uint32_t count = jd_words_scan(
            requests->words, folded, JD_REGION_SENTENCE, requests->hits, requests->found);
    for (uint32_t i = 0; i < count; i++) {
        groups |= requests->groups[requests->found[i]];
        requests->hits[requests->found[i]] = 0;
    }
    return groups;
}

double jd_request_score(struct jd_requests *requests, struct jd_span folded)
{
    double score = BEFORE;
    uint32_t groups = find_groups(requests, folded);
    struct jd_span word;
    for (size_t i = 0; i < CUES_COUNT; i++) {
        score += groups >> i & 1 ? cues[i].weight : 0;
    }
    find_start(folded, &word);
    score += is_one_of(word, commands.phrases) ? commands.weight : 0;
    score += is_one_of(word, polite_start.phrases) ? polite_start.weight : 0;
    if (ends_with_question(folded)) {
        score += question_weight + (groups >> TO_READER & 1 ? to_reader.weight : 0);
    }
    return score;
}

bool jd_request_is_in(struct jd_requests *requests, const struct jd_mail *mail)
{
    struct jd_sentence sentences[JD_SENTENCES_MAX];
    uint32_t count = jd_sentences_find(mail, sentences, JD_SENTENCES_MAX);
    for (uint32_t i = 0; i < count; i++) {
        struct jd_span text = jd_span_sub(
                mail->text, sentences[i].start, sentences[i].end - sentences[i].start);
        jd_buf_clear(&requests->folded);
        jd_fold_append(jd_words_fold(requests->words), &requests->folded, text);
        if (jd_request_score(requests, jd_buf_span(&requests->folded)) > 0) {
            return true;
        }
    }
    return false;
}
