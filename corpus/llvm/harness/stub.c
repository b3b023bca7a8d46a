/* What stands in for functions that nobody knows: they write down how they were called, return
 * values that depend on the input, and change memory that they may change. */
#include "harness.h"

#include <string.h>

#define MOST_CALLS 200
#define EVERY_MEMORY_UNTIL 16
#define MOST_OBJECT_BYTES 4096
#define MOST_TRACED_BYTES 128

enum writing { NEVER, SOMETIMES, ALWAYS }; /* always what nobody gave a value */

void trace(const void *bytes, u32 count) {
    struct record *record = now.record;
    record->trace_hash = hash_bytes(record->trace_hash, bytes, count);
    if (record->trace_bytes + count <= TRACE_BYTES) memcpy(record->trace + record->trace_bytes, bytes, count);
    record->trace_bytes += count;
}

static struct object *planned(u32 call, u32 argument) {
    for (u32 i = 0; i < now.plan->objects; i++) {
        struct object *object = &now.plan->object[i];
        if (object->call == call && object->argument == argument) return object;
    }
    return NULL;
}

/* How much of what an argument points to the callee sees; found by the first instrumented run,
 * which knows where objects end, and remembered for those that do not. */
static struct object *object_seen(u32 call, u32 argument, u64 at) {
    if (!now.planning) return planned(call, argument);
    bool writable;
    u64 room = room_at(at, &writable);
    if (!room || now.plan->objects == MOST_OBJECTS) return NULL;
    struct object *object = &now.plan->object[now.plan->objects++];
    u32 bytes = (u32)(room < MOST_OBJECT_BYTES ? room : MOST_OBJECT_BYTES);
    enum writing writing = !writable ? NEVER : is_undefined(at, bytes) ? ALWAYS : SOMETIMES;
    *object = (struct object){call, argument, bytes, writing};
    return object;
}

static bool is_local(u64 at) {
    return (at >= HEAP_AT && at < STACK_AT + STACK_BYTES) || (at >= now.stack_low && at < now.stack_high);
}

static void trace_words(u64 at, u32 bytes) {
    for (; bytes >= 8; bytes -= 8, at += 8) {
        u64 word;
        memcpy(&word, (void *)at, 8);
        word = comparable(word);
        trace(&word, 8);
    }
    trace((void *)at, bytes);
}

static u64 integer_for(u64 random, u32 ordinal) {
    static const u64 usual[] = {0, 1, (u64)-1, 2, 0, 1, 3, 7, 16, 64, (u64)-2, 100};
    if (ordinal > 30 && random & 1) return random >> 8 & 1 ? 0 : (u64)-1; /* loops end */
    if (pl.constants && random % 3 == 0) return likely_number(random);
    return random & 7 ? usual[(random >> 8) % 12] : random >> 16 & 0xffff;
}

static void write_piece(const struct piece *piece, u8 *into, u64 random, u32 ordinal, u64 answer, bool answered) {
    u8 *at = into + piece->offset;
    u64 word = 0;
    switch (piece->kind) {
    case POINTER:
        word = piece->flags & NONNULL || random % 8 ? arena_pointer(random >> 8) : 0;
        if (answered) word = answer;
        break;
    case INTEGER:
        word = answered ? answer : integer_for(random, ordinal);
        if (piece->flags & RANGED && word - piece->low >= piece->high - piece->low) word = piece->low;
        if (piece->size > 8) {
            memset(at, 0, piece->size);
            memcpy(at, &word, 8);
            return;
        }
        break;
    case FLOATING: {
        static const double usual[] = {0.0, 1.0, -1.0, 0.5, 2.0, 1e10, -3.75, 1e-5};
        double wide = usual[random % 8];
        float narrow = (float)wide;
        if (piece->size == 8) memcpy(at, &wide, 8);
        else if (piece->size == 4) memcpy(at, &narrow, 4);
        else if (piece->size == 2) memcpy(at, "\0\x3c", 2); /* one */
        else if (piece->size == 10) { long double most = wide; memcpy(at, &most, 10); }
        else memset(at, 0, piece->size);
        return;
    }
    default:
        memset(at, 0, piece->size);
        return;
    }
    if (piece->kind == INTEGER && piece->bits < 64) word &= (1ull << piece->bits) - 1;
    memcpy(at, &word, piece->size < 8 ? piece->size : 8);
}

static void write_object(u64 at, u32 bytes, u64 random) {
    shadow_define(at, bytes);
    for (u32 i = 0; i + 4 <= bytes; i += 4) {
        u64 part = mix(random + i);
        u32 value = part & 3 ? (u32)(part >> 8 & 7) : (u32)likely_number(part);
        memcpy((void *)(at + i), &value, 4);
    }
    for (u32 i = bytes & ~3u; i < bytes; i++) *(u8 *)(at + i) = (u8)(mix(random + i) & 0x7f);
}

/* Change one word that was read before, as a callee may that shares memory with its caller. */
static void change_memory(u32 ordinal, u64 random) {
    struct plan *plan = now.plan;
    if (now.planning && plan->seed & 1 && plan->changes < MOST_CHANGES) {
        u64 at;
        u32 size;
        if (recent_integer(random, &at, &size))
            plan->change[plan->changes++] = (struct change){ordinal, size, at, random >> 32 & 7};
    }
    for (u32 i = 0; i < plan->changes; i++)
        if (plan->change[i].call == ordinal) {
            const struct change *change = &plan->change[i];
            shadow_define(change->at, change->size);
            memcpy((void *)change->at, &change->value, change->size);
        }
}

static void write_arguments(const struct callee *callee, const u8 *arguments, u32 ordinal, u64 random) {
    for (u32 i = 0; i < callee->num_arguments; i++) {
        const struct piece *piece = &pl.piece[callee->arguments + i];
        if (piece->kind != POINTER || piece->flags & (READONLY | BYVAL)) continue;
        struct object *object = planned(ordinal, i);
        u64 at;
        memcpy(&at, arguments + piece->offset, 8);
        if (!object || !object->writable) continue;
        u64 choice = mix(random + i);
        if (is_local(at)) {
            if (object->writable == ALWAYS || object->bytes <= 16 || choice & 1) write_object(at, object->bytes, choice);
        } else if ((now.seed >> 1 & 3) == 1) {
            write_object(at, object->bytes < 4 ? object->bytes : 4, choice);
        }
    }
}

static u64 trace_call(u32 number, const struct callee *callee, const u8 *arguments) {
    u32 ordinal = now.ordinal++;
    now.record->calls++;
    if (ordinal >= MOST_CALLS) leave_run(TOO_LONG, 1, 0);
    u64 head[3] = {(u64)number << 32 | now.record->output_bytes, 0, 0};
    bool remember = ordinal < EVERY_MEMORY_UNTIL || ordinal % 8 == 0;
    if (callee->flags & READS && !(callee->flags & OWN_MEMORY) && remember) head[1] = hash_memory();
    trace(head, sizeof head);
    for (u32 i = 0; i < callee->num_arguments; i++) {
        const struct piece *piece = &pl.piece[callee->arguments + i];
        const u8 *from = arguments + piece->offset;
        if (piece->kind != POINTER) {
            trace(from, piece->size);
            continue;
        }
        u64 at, same;
        memcpy(&at, from, 8);
        same = piece->flags & BYVAL ? 0 : comparable(at);
        trace(&same, 8);
        if (piece->flags & BYVAL) {
            trace_words(at, piece->bytes);
            continue;
        }
        struct object *object = object_seen(ordinal, i, at);
        if (object && is_local(at) && callee->flags & READS && !(piece->flags & UNREAD)) trace_words(at, object->bytes < MOST_TRACED_BYTES ? object->bytes : MOST_TRACED_BYTES);
    }
    return ordinal;
}

/* What a call may be answered with that can be left out, repeated or moved: by its arguments. */
static u64 hash_call(u32 number, const struct callee *callee, const u8 *arguments) {
    u64 hash = mix(now.seed ^ number);
    if (callee->flags & READS && !(callee->flags & OWN_MEMORY)) hash = mix(hash ^ hash_memory());
    for (u32 i = 0; i < callee->num_arguments; i++) {
        const struct piece *piece = &pl.piece[callee->arguments + i];
        u64 at;
        if (piece->kind != POINTER) {
            hash = hash_bytes(hash, arguments + piece->offset, piece->size);
            continue;
        }
        memcpy(&at, arguments + piece->offset, 8);
        hash = mix(hash ^ (piece->flags & BYVAL ? 0 : comparable(at)));
    }
    return hash;
}

void pl_call(u32 number, u8 *arguments, u8 *result) {
    const struct callee *callee = &pl.callee[number];
    bool traced = callee->flags & TRACED;
    u64 ordinal = 0, random;
    if (traced) {
        ordinal = trace_call(number, callee, arguments);
        random = draw(now.seed, 7 + number, ordinal);
        if (callee->flags & READS) {
            write_arguments(callee, arguments, (u32)ordinal, random);
            if (!(callee->flags & OWN_MEMORY)) change_memory((u32)ordinal, random);
        }
        if (callee->flags & NORETURN) leave_run(NO_RETURN, number, 0);
    } else {
        random = hash_call(number, callee, arguments);
    }
    for (u32 i = 0; i < callee->num_results; i++) {
        const struct piece *piece = &pl.piece[callee->results + i];
        u64 answer = 0;
        bool answered = false;
        for (u32 j = 0; traced && j < now.plan->answers; j++)
            if (now.plan->answer[j].call == ordinal && now.plan->answer[j].offset == piece->offset) {
                answer = now.plan->answer[j].value;
                answered = true;
            }
        write_piece(piece, result, mix(random + i), (u32)ordinal, answer, answered);
        if (traced && now.planning) {
            u64 word = 0;
            memcpy(&word, result + piece->offset, piece->size < 8 ? piece->size : 8);
            note_answer((u32)ordinal, piece->offset, word);
        }
    }
    if (callee->flags & FRESH && callee->num_results) {
        u64 bytes = pl.piece[callee->results].bytes;
        bytes = bytes < 256 ? 256 : bytes;
        u64 at = (u64)object_new(bytes, 16, true, 0);
        shadow_define(at, bytes);
        memcpy(result, &at, 8);
    }
    if (callee->returned >= 0) {
        const struct piece *piece = &pl.piece[callee->arguments + (u32)callee->returned];
        memcpy(result, arguments + piece->offset, piece->size);
    }
}
