/* Training: lessons to a table, machines by coordinate descent, cross-validation, the text. */
#include <math.h>
#include <stdlib.h>

#include "base/span.h"
#include "script/fold.h"
#include "script/learner_model.h"

#define FOLDS        5
#define PASSES_MAX   40    // over all lessons
#define COST         0.3   // of a lesson that lies on the wrong side
#define SMOOTH       1.0   // seen lessons that each feature is given beforehand
#define EVEN         0.5   // weight of a feature that is spread evenly
#define SEEN_MIN     2     // lessons that a feature must be in
#define STOP         0.003 // change of a dual variable that ends the passes, of COST
#define TOP_BITS     16    // of a hash: where to look for it in the table
#define PLAIN_SLOPE  2.0   // of a margin to log-odds where nothing better is known
#define FIT_STEPS    300   // of the softmax
#define SHARES_COUNT 3

/* One feature of the table while a machine is trained. */
struct slot {
    float weight;
    float square; // of how unevenly it is spread: what a step of the weight is multiplied with
};

/* One lesson: its features are ids[first .. end). */
struct row {
    uint32_t first, end;
    float values[JD_FEATURE_FAMILIES];
    uint8_t label, fold;
};

struct trainer {
    const struct jd_lesson *lessons;
    uint32_t count;
    enum jd_features_kind kind;
    struct row *rows;
    uint32_t *ids; // index * families + family
    uint32_t *hashes;
    uint32_t hashes_count;
    struct slot *slots;
    uint32_t *seen[2]; // by lessons of the label and by the others
    double *dual, *lengths;
    uint32_t *order;
    double *margins; // of cross-validation: machines of each lesson
    struct jd_model model;
};

/* The same in any order: lessons are sorted by what they hold. */

struct key {
    uint64_t hash;
    uint32_t lesson;
};

static uint64_t mix64(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull; // splitmix64
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
    return x ^ (x >> 31);
}

static uint64_t hash_bytes(struct jd_span bytes)
{
    return (uint64_t)jd_hash63(bytes);
}

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = a, *y = b;
    if (x->hash != y->hash) {
        return x->hash < y->hash ? -1 : 1;
    }
    return x->lesson < y->lesson ? -1 : x->lesson > y->lesson;
}

/* Sorts the lessons; equal features stay together and so fall into one fold. */
static struct jd_lesson *
sort_lessons(const struct jd_lesson *lessons, uint32_t count, uint8_t out_hash[JD_HASH_BYTES])
{
    struct key *keys = jd_xalloc((count + 1) * sizeof(*keys));
    struct jd_lesson *sorted = jd_xalloc((count + 1) * sizeof(*sorted));
    for (uint32_t i = 0; i < count; i++) {
        uint64_t label = mix64(hash_bytes(lessons[i].label)) >> 40;
        keys[i] = (struct key){ (hash_bytes(lessons[i].features) & ~0xffffffull) | label, i };
    }
    qsort(keys, count, sizeof(*keys), compare_keys);
    struct jd_hasher *hasher = jd_hasher_create();
    for (uint32_t i = 0; i < count; i++) {
        sorted[i] = lessons[keys[i].lesson];
        jd_hasher_add(hasher, jd_span_new((const char *)&keys[i].hash, sizeof(keys[i].hash)));
    }
    jd_hasher_end(&hasher, out_hash);
    free(keys);
    return sorted;
}

/* Labels. */

static int compare_names(const void *a, const void *b)
{
    return jd_span_compare(*(const struct jd_span *)a, *(const struct jd_span *)b);
}

static bool is_label(struct jd_span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] < 0x20 || text.data[i] == 0x7f) {
            return false;
        }
    }
    return text.len >= 1 && text.len <= JD_LABEL_BYTES_MAX && jd_fold_is_utf8(text);
}

static enum jd_status find_labels(struct trainer *t, struct jd_error *error)
{
    struct jd_model *model = &t->model;
    for (uint32_t i = 0; i < t->count; i++) {
        struct jd_span name = t->lessons[i].label;
        if (jd_model_find_label(model, name) < JD_LABELS_MAX) {
            continue;
        }
        if (!is_label(name)) {
            return jd_error_set(error, JD_BAD_INPUT,
                    "a label has 1 to %d bytes of UTF-8 and no control characters",
                    JD_LABEL_BYTES_MAX);
        }
        if (model->labels_count == JD_LABELS_MAX) {
            return jd_error_set(
                    error, JD_BAD_INPUT, "lessons have at most %d labels", JD_LABELS_MAX);
        }
        model->labels[model->labels_count++] = name;
    }
    if (model->labels_count < 2) {
        return jd_error_set(error, JD_BAD_INPUT,
                "to learn, lessons need two labels at least; these have %u",
                model->labels_count);
    }
    qsort(model->labels, model->labels_count, sizeof(*model->labels), compare_names);
    model->machines_count = model->labels_count == 2 ? 1 : model->labels_count;
    return JD_OK;
}

/* Of two labels the one that is looked for: a plain yes, else the rarer one. */
static void choose_wanted(struct jd_model *model)
{
    static const char *const plain[] = { "yes", "true", "1" };
    model->wanted = model->label_lessons[1] <= model->label_lessons[0];
    for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
        uint32_t label = jd_model_find_label(model, jd_span_of(plain[i]));
        if (label < JD_LABELS_MAX) {
            model->wanted = label;
            return;
        }
    }
}

/* The table of features. */

static int compare_hashes(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* All hashes of all lessons into `ids`, for the moment as they are. */
static enum jd_status read_lessons(struct trainer *t, struct jd_error *error)
{
    uint32_t one[JD_FEATURES_MAX];
    uint32_t total = 0, capacity = 0, group = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        enum jd_features_kind kind;
        uint32_t count;
        enum jd_status status =
                jd_features_read(t->lessons[i].features, &kind, one, &count, error);
        if (status == JD_OK && i > 0 && kind != t->kind) {
            status = jd_error_set(
                    error, JD_BAD_INPUT, "lessons are all mails or all texts, not both");
        }
        if (status == JD_OK && count > JD_LESSONS_FEATURES_MAX - total) {
            status = jd_error_set(error, JD_BAD_INPUT,
                    "the lessons have more than %d features together: take fewer lessons",
                    JD_LESSONS_FEATURES_MAX);
        }
        if (status != JD_OK) {
            return status;
        }
        if (total + count > capacity) {
            capacity = (total + count) * 3 / 2 + 1024;
            t->ids = jd_xrealloc(t->ids, (size_t)capacity * sizeof(*t->ids));
        }
        memcpy(t->ids + total, one, count * sizeof(*one));
        t->kind = kind;
        t->rows[i].first = total;
        t->rows[i].end = total += count;
        t->rows[i].label = (uint8_t)jd_model_find_label(&t->model, t->lessons[i].label);
        group += i > 0 && !jd_span_equal(t->lessons[i].features, t->lessons[i - 1].features);
        t->rows[i].fold = (uint8_t)(group % FOLDS);
        t->model.label_lessons[t->rows[i].label]++;
    }
    return JD_OK;
}

/* Those that enough lessons have, rising. */
static void choose_features(struct trainer *t)
{
    uint32_t total = t->count ? t->rows[t->count - 1].end : 0, kept = 0;
    uint32_t *all = jd_xalloc(((size_t)total + 1) * sizeof(*all));
    memcpy(all, t->ids, (size_t)total * sizeof(*all));
    qsort(all, total, sizeof(*all), compare_hashes);
    for (uint32_t i = 0, end; i < total; i = end) {
        for (end = i + 1; end < total && all[end] == all[i];) {
            end++;
        }
        if (end - i >= SEEN_MIN) {
            all[kept++] = all[i];
        }
    }
    t->hashes = jd_xrealloc(all, ((size_t)kept + 1) * sizeof(*all));
    t->hashes_count = kept;
}

/* Puts places of the table in the place of hashes; what is not in it goes. */
static void number_features(struct trainer *t)
{
    uint32_t *starts = jd_xalloc(((1u << TOP_BITS) + 1) * sizeof(*starts));
    for (uint32_t i = 0, top = 0; i <= t->hashes_count; i++) {
        uint32_t here = i < t->hashes_count ? t->hashes[i] >> (32 - TOP_BITS) : 1u << TOP_BITS;
        while (top <= here) {
            starts[top++] = i;
        }
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        struct row *row = &t->rows[i];
        uint32_t first = kept, counts[JD_FEATURE_FAMILIES] = { 0 };
        for (uint32_t f = row->first; f < row->end; f++) {
            uint32_t hash = t->ids[f], at = starts[hash >> (32 - TOP_BITS)];
            uint32_t end = starts[(hash >> (32 - TOP_BITS)) + 1];
            counts[hash % JD_FEATURE_FAMILIES]++;
            while (at < end && t->hashes[at] < hash) {
                at++;
            }
            if (at < end && t->hashes[at] == hash) {
                t->ids[kept++] = at * JD_FEATURE_FAMILIES + hash % JD_FEATURE_FAMILIES;
            }
        }
        row->first = first;
        row->end = kept;
        for (uint32_t f = 0; f < JD_FEATURE_FAMILIES; f++) {
            row->values[f] = jd_model_value(t->kind, f, counts[f]);
        }
    }
    free(starts);
}

/* One machine. */

static bool is_label_of(const struct trainer *t, const struct row *row, uint32_t machine)
{
    return row->label == (t->model.machines_count == 1 ? t->model.wanted : machine);
}

/* How unevenly each feature is spread over the label and the others. */
static void weigh_features(struct trainer *t, uint32_t machine, uint32_t fold)
{
    double sides[2] = { 2 * SMOOTH, 2 * SMOOTH };
    memset(t->seen[0], 0, t->hashes_count * sizeof(uint32_t));
    memset(t->seen[1], 0, t->hashes_count * sizeof(uint32_t));
    for (uint32_t i = 0; i < t->count; i++) {
        const struct row *row = &t->rows[i];
        if (row->fold == fold) {
            continue;
        }
        bool side = is_label_of(t, row, machine);
        sides[side]++;
        for (uint32_t f = row->first; f < row->end; f++) {
            t->seen[side][t->ids[f] / JD_FEATURE_FAMILIES]++;
        }
    }
    for (uint32_t f = 0; f < t->hashes_count; f++) {
        double others = (t->seen[0][f] + SMOOTH) / sides[0];
        double label = (t->seen[1][f] + SMOOTH) / sides[1];
        bool enough = t->seen[0][f] + t->seen[1][f] >= SEEN_MIN;
        double uneven = enough ? EVEN + fabs(log(label / others)) : 0;
        t->slots[f] = (struct slot){ .square = (float)(uneven * uneven) };
    }
}

static double margin_of(const struct trainer *t, const struct row *row)
{
    double margin = 0;
    for (uint32_t f = row->first; f < row->end; f++) {
        uint32_t id = t->ids[f];
        margin += (double)t->slots[id / JD_FEATURE_FAMILIES].weight *
                  row->values[id % JD_FEATURE_FAMILIES];
    }
    return margin;
}

static void step(const struct trainer *t, const struct row *row, double change)
{
    for (uint32_t f = row->first; f < row->end; f++) {
        uint32_t id = t->ids[f];
        struct slot *slot = &t->slots[id / JD_FEATURE_FAMILIES];
        slot->weight += (float)(change * row->values[id % JD_FEATURE_FAMILIES] * slot->square);
    }
}

static uint32_t list_rows(struct trainer *t, uint32_t fold)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct row *row = &t->rows[i];
        double length = 1; // of the bias
        if (row->fold == fold) {
            continue;
        }
        for (uint32_t f = row->first; f < row->end; f++) {
            uint32_t id = t->ids[f];
            double value = row->values[id % JD_FEATURE_FAMILIES];
            length += value * value * t->slots[id / JD_FEATURE_FAMILIES].square;
        }
        t->lengths[i] = length;
        t->dual[i] = 0;
        t->order[count++] = i;
    }
    return count;
}

/* Trains the machine on all lessons but those of `fold`; weights into the slots, the bias is
 * the answer. */
static double train_machine(struct trainer *t, uint32_t machine, uint32_t fold)
{
    const double soft = 0.5 / COST;
    double bias = 0, most = INFINITY;
    uint64_t random = 1;
    weigh_features(t, machine, fold);
    uint32_t active = list_rows(t, fold);
    for (int pass = 0; pass < PASSES_MAX && most > STOP * COST; pass++) {
        most = 0;
        for (uint32_t i = 0; i < active; i++) {
            uint32_t other = i + (uint32_t)(mix64(random++) % (active - i));
            uint32_t row_index = t->order[other];
            t->order[other] = t->order[i];
            t->order[i] = row_index;
            const struct row *row = &t->rows[row_index];
            double side = is_label_of(t, row, machine) ? 1 : -1;
            double old = t->dual[row_index];
            double slope = side * (bias + margin_of(t, row)) - 1 + soft * old;
            double fresh = old - slope / (t->lengths[row_index] + soft);
            fresh = fresh > 0 ? fresh : 0;
            if (fresh != old) {
                double change = (fresh - old) * side;
                t->dual[row_index] = fresh;
                bias += change;
                step(t, row, change);
                most = fabs(change) > most ? fabs(change) : most;
            }
        }
    }
    return bias;
}

static void cross_validate(struct trainer *t)
{
    const uint32_t machines = t->model.machines_count;
    for (uint32_t fold = 0; fold < FOLDS; fold++) {
        for (uint32_t m = 0; m < machines; m++) {
            double bias = train_machine(t, m, fold);
            for (uint32_t i = 0; i < t->count; i++) {
                if (t->rows[i].fold == fold) {
                    t->margins[(size_t)i * machines + m] = bias + margin_of(t, &t->rows[i]);
                }
            }
        }
    }
}

/* Margins to probabilities. */

/* Whether cross-validation says something: no label has all its lessons in one fold. */
static bool is_validated(const struct trainer *t)
{
    uint32_t folds[JD_LABELS_MAX] = { 0 };
    for (uint32_t i = 0; i < t->count; i++) {
        folds[t->rows[i].label] |= 1u << t->rows[i].fold;
    }
    for (uint32_t k = 0; k < t->model.labels_count; k++) {
        if ((folds[k] & (folds[k] - 1)) == 0) {
            return false;
        }
    }
    return true;
}

/* Platt's sigmoid by Newton's method with his smoothed targets (Lin, Lin and Weng 2007). False:
 * margins of cross-validation say nothing, and a plain sigmoid stands. */
static bool fit_sigmoid(struct trainer *t)
{
    struct jd_machine *machine = &t->model.machines[0];
    double wanted = t->model.label_lessons[t->model.wanted];
    double others = t->count - wanted;
    double high = (wanted + 1) / (wanted + 2), low = 1 / (others + 2);
    double a = 1, b = 0;
    for (int round = 0; round < 50; round++) {
        double ga = 0, gb = 0, haa = 1e-9, hab = 0, hbb = 1e-9;
        for (uint32_t i = 0; i < t->count; i++) {
            double m = t->margins[i], p = 1 / (1 + exp(-(a * m + b)));
            double miss = p - (is_label_of(t, &t->rows[i], 0) ? high : low);
            double spread = p * (1 - p);
            ga += miss * m;
            gb += miss;
            haa += spread * m * m;
            hab += spread * m;
            hbb += spread;
        }
        double det = haa * hbb - hab * hab;
        if (!(det > 1e-12)) {
            break;
        }
        double da = (hbb * ga - hab * gb) / det, db = (haa * gb - hab * ga) / det;
        double pace =
                fabs(da) > 2 || fabs(db) > 2 ? 0.3 : 1; // far from the end Newton overshoots
        a -= pace * da;
        b -= pace * db;
    }
    bool fits = is_validated(t) && isfinite(a) && isfinite(b) && a > 0;
    machine->slope = fits ? a : PLAIN_SLOPE;
    machine->intercept = fits ? b : 0;
    return fits;
}

/* A softmax over scaled margins by gradient descent; slopes stay near each other, as labels
 * with few lessons say little about theirs. */
static void fit_softmax(struct trainer *t)
{
    struct jd_model *model = &t->model;
    struct jd_judgement judged;
    double slopes[JD_LABELS_MAX], intercepts[JD_LABELS_MAX];
    for (uint32_t m = 0; m < model->machines_count; m++) {
        model->machines[m].slope = PLAIN_SLOPE;
        model->machines[m].intercept = 0;
    }
    for (int round = 0; round < FIT_STEPS; round++) {
        double pace = 2.0 / (1 + round * 0.02), common = 0;
        memset(slopes, 0, sizeof(slopes));
        memset(intercepts, 0, sizeof(intercepts));
        for (uint32_t i = 0; i < t->count; i++) {
            const double *margins = &t->margins[(size_t)i * model->machines_count];
            jd_model_choose(model, margins, &judged);
            for (uint32_t m = 0; m < model->machines_count; m++) {
                double miss = judged.probabilities[m] - (t->rows[i].label == m);
                slopes[m] += miss * margins[m];
                intercepts[m] += miss;
                common += miss * margins[m];
            }
        }
        for (uint32_t m = 0; m < model->machines_count; m++) {
            struct jd_machine *machine = &model->machines[m];
            double slope = machine->slope - pace * (slopes[m] * 0.2 + common) / t->count;
            machine->slope = slope < 0.1 ? 0.1 : slope > 50 ? 50 : slope;
            machine->intercept -= pace * intercepts[m] / t->count;
        }
    }
}

/* The threshold. */

struct scored {
    double probability;
    bool wanted;
};

static int compare_scored(const void *a, const void *b)
{
    const struct scored *x = a, *y = b;
    return x->probability > y->probability ? -1 : x->probability < y->probability;
}

/* The mean of F1 at several shares of the wanted label, which lessons of the other label are
 * weighted up to. */
static double mean_f1(double hits, double wrong, double wanted, double share)
{
    static const double parts[SHARES_COUNT] = { 1, 0.75, 0.5 };
    double sum = 0;
    for (size_t i = 0; i < SHARES_COUNT; i++) {
        double less = share * parts[i];
        double weight = (1 - less) / less * share / (1 - share);
        sum += 2 * hits / (hits + wrong * weight + wanted);
    }
    return sum / SHARES_COUNT;
}

static void fit_threshold(struct trainer *t)
{
    struct jd_model *model = &t->model;
    struct scored *scored = jd_xalloc((t->count + 1) * sizeof(*scored));
    struct jd_judgement judged;
    double wanted = model->label_lessons[model->wanted], hits = 0, wrong = 0, best = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        jd_model_choose(model, &t->margins[i], &judged);
        scored[i].probability = judged.probabilities[model->wanted];
        scored[i].wanted = t->rows[i].label == model->wanted;
    }
    qsort(scored, t->count, sizeof(*scored), compare_scored);
    model->threshold = 0.5;
    for (uint32_t i = 0; i < t->count; i++) {
        *(scored[i].wanted ? &hits : &wrong) += 1;
        double next = i + 1 < t->count ? scored[i + 1].probability : 0;
        double f1 = mean_f1(hits, wrong, wanted, wanted / t->count);
        if (next < scored[i].probability && f1 > best) {
            best = f1;
            model->threshold = (scored[i].probability + next) / 2;
        }
    }
    free(scored);
}

/* What cross-validation says. */

static void report_labels(const uint32_t *right,
        const uint32_t *said,
        const struct jd_model *model,
        struct jd_learner_report *out)
{
    for (uint32_t k = 0; k < model->labels_count; k++) {
        struct jd_label_report *label = &out->labels[k];
        label->name = model->labels[k];
        label->lessons = model->label_lessons[k];
        label->precision = said[k] ? (double)right[k] / said[k] : 0;
        label->recall = label->lessons ? (double)right[k] / label->lessons : 0;
        uint32_t all = said[k] + label->lessons;
        label->f1 = all ? 2.0 * right[k] / all : 0;
        out->macro_f1 += label->f1 / model->labels_count;
    }
}

static void fill_report(const struct trainer *t, struct jd_learner_report *out)
{
    uint32_t right[JD_LABELS_MAX] = { 0 }, said[JD_LABELS_MAX] = { 0 };
    double bins[10] = { 0 };
    struct jd_judgement judged;
    for (uint32_t i = 0; i < t->count; i++) {
        jd_model_choose(&t->model, &t->margins[(size_t)i * t->model.machines_count], &judged);
        bool hit = judged.label == t->rows[i].label;
        said[judged.label]++;
        right[judged.label] += hit;
        out->accuracy += hit;
        bins[judged.score >= 1 ? 9 : (int)(judged.score * 10)] += judged.score - hit;
    }
    for (int i = 0; i < 10; i++) {
        out->calibration_error += fabs(bins[i]) / t->count;
    }
    out->accuracy /= t->count;
    out->lessons = t->count;
    out->features = t->model.features_count;
    out->labels_count = t->model.labels_count;
    report_labels(right, said, &t->model, out);
}

/* The whole. */

static int compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return x > y ? -1 : x < y;
}

/* Sets `strong[f]` for what the model keeps: all, or those with the largest weights. */
static uint32_t choose_strong(const struct trainer *t, const float *weights, bool *strong)
{
    const uint32_t machines = t->model.machines_count ? t->model.machines_count : 1;
    uint32_t most = JD_MODEL_WEIGHTS_MAX / machines, kept = 0;
    most = most < JD_MODEL_FEATURES_MAX ? most : JD_MODEL_FEATURES_MAX;
    float *sizes = jd_xalloc(((size_t)t->hashes_count + 1) * 2 * sizeof(*sizes));
    float *sorted = sizes + t->hashes_count + 1;
    for (uint32_t f = 0; f < t->hashes_count; f++) {
        for (uint32_t m = 0; m < machines; m++) {
            float size = fabsf(weights[(size_t)m * t->hashes_count + f]);
            sizes[f] = size > sizes[f] ? size : sizes[f];
        }
    }
    memcpy(sorted, sizes, t->hashes_count * sizeof(*sizes));
    qsort(sorted, t->hashes_count, sizeof(*sorted), compare_floats);
    float least = t->hashes_count > most ? sorted[most] : 0;
    for (uint32_t f = 0; f < t->hashes_count; f++) {
        strong[f] = sizes[f] > least;
        kept += strong[f];
    }
    free(sizes);
    return kept;
}

static void keep_strong(struct trainer *t, const float *weights, const bool *strong)
{
    struct jd_model *model = &t->model;
    uint32_t kept = 0;
    for (uint32_t m = 0; m < model->machines_count; m++) {
        double most = 0;
        for (uint32_t f = 0; f < t->hashes_count; f++) {
            double size = fabs(weights[(size_t)m * t->hashes_count + f]);
            most = strong[f] && size > most ? size : most;
        }
        model->machines[m].step = most / JD_MODEL_STEPS;
    }
    for (uint32_t f = 0; f < t->hashes_count; f++) {
        if (!strong[f]) {
            continue;
        }
        model->hashes[kept] = t->hashes[f];
        for (uint32_t m = 0; m < model->machines_count; m++) {
            double weight = weights[(size_t)m * t->hashes_count + f];
            double unit = model->machines[m].step;
            model->weights[(size_t)kept * model->machines_count + m] =
                    (int16_t)(unit > 0 ? lround(weight / unit) : 0);
        }
        kept++;
    }
}

static void train_all(struct trainer *t)
{
    struct jd_model *model = &t->model;
    size_t size = (size_t)t->hashes_count * model->machines_count + 1;
    float *weights = jd_xalloc(size * sizeof(*weights));
    bool *strong = jd_xalloc((size_t)t->hashes_count + 1);
    for (uint32_t m = 0; m < model->machines_count; m++) {
        model->machines[m].bias = train_machine(t, m, FOLDS);
        for (uint32_t f = 0; f < t->hashes_count; f++) {
            weights[(size_t)m * t->hashes_count + f] = t->slots[f].weight;
        }
    }
    model->features_count = choose_strong(t, weights, strong);
    size = (size_t)model->features_count * model->machines_count + 1;
    model->hashes = jd_xalloc(((size_t)model->features_count + 1) * sizeof(*model->hashes));
    model->weights = jd_xalloc(size * sizeof(*model->weights));
    keep_strong(t, weights, strong);
    free(strong);
    free(weights);
}

static void make_room(struct trainer *t)
{
    size_t features = (size_t)t->hashes_count + 1, rows = (size_t)t->count + 1;
    t->slots = jd_xalloc(features * sizeof(*t->slots));
    t->seen[0] = jd_xalloc(features * sizeof(uint32_t));
    t->seen[1] = jd_xalloc(features * sizeof(uint32_t));
    t->dual = jd_xalloc(rows * sizeof(*t->dual));
    t->lengths = jd_xalloc(rows * sizeof(*t->lengths));
    t->order = jd_xalloc(rows * sizeof(*t->order));
    t->margins = jd_xalloc(rows * t->model.machines_count * sizeof(*t->margins));
}

static void finish(struct trainer *t)
{
    free(t->rows);
    free(t->ids);
    free(t->hashes);
    free(t->slots);
    free(t->seen[0]);
    free(t->seen[1]);
    free(t->dual);
    free(t->lengths);
    free(t->order);
    free(t->margins);
    free(t->model.hashes);
    free(t->model.weights);
}

/* The lessons are sorted. */
static enum jd_status train(struct trainer *t,
        struct jd_buf *out_model,
        struct jd_learner_report *out_report,
        struct jd_error *error)
{
    enum jd_status status = find_labels(t, error);
    if (status == JD_OK) {
        status = read_lessons(t, error);
    }
    if (status != JD_OK) {
        return status;
    }
    t->model.kind = t->kind;
    t->model.lessons = t->count;
    choose_wanted(&t->model);
    choose_features(t);
    number_features(t);
    make_room(t);
    cross_validate(t);
    if (t->model.labels_count > 2) {
        fit_softmax(t);
    } else if (fit_sigmoid(t)) {
        fit_threshold(t);
    } else {
        t->model.threshold = 0.5;
    }
    train_all(t);
    fill_report(t, out_report);
    jd_model_write(&t->model, out_model);
    return out_model->failed ? jd_error_set(error, JD_BAD_INPUT, "the model passes %zu bytes",
                                       out_model->max_bytes)
                             : JD_OK;
}

enum jd_status jd_learner_train(const struct jd_lesson *lessons,
        uint32_t count,
        struct jd_arena *arena,
        struct jd_buf *out_model,
        struct jd_learner_report *out_report,
        struct jd_error *error)
{
    if (count > JD_LESSONS_MAX) {
        return jd_error_set(
                error, JD_BAD_INPUT, "at most %d lessons, not %u", JD_LESSONS_MAX, count);
    }
    struct trainer trainer = { .count = count };
    struct jd_learner_report report = { .labels = jd_arena_zalloc(
                                                arena, JD_LABELS_MAX, sizeof(*report.labels)) };
    if (report.labels == NULL) {
        return jd_error_set(error, JD_BAD_INPUT, "the report does not fit into its arena");
    }
    struct jd_lesson *sorted = sort_lessons(lessons, count, trainer.model.lessons_hash);
    trainer.lessons = sorted;
    trainer.rows = jd_xalloc(((size_t)count + 1) * sizeof(*trainer.rows));
    enum jd_status status = train(&trainer, out_model, &report, error);
    finish(&trainer);
    free(sorted);
    if (status == JD_OK) {
        *out_report = report;
    }
    return status;
}
