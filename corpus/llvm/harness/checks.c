/* What the instrumented copy calls. */
#include "harness.h"

extern u64 object_number(u64 at);

void pl_trap(u32 code) { undefined_at(code, 0); }

void pl_load(const void *at, u64 bytes, u64 align) {
    if (bytes && !in_region((u64)at, bytes, false)) undefined_at(BAD_LOAD, (u64)at);
    if (align && (u64)at % align) undefined_at(BAD_LOAD, (u64)at);
    if (now.planning && bytes <= 8) note_load((u64)at, (u32)bytes);
}

void pl_store(const void *at, u64 bytes, u64 align) {
    if (bytes && !in_region((u64)at, bytes, true)) undefined_at(BAD_STORE, (u64)at);
    if (align && (u64)at % align) undefined_at(BAD_STORE, (u64)at);
}

void pl_gep(const void *base, const void *result) {
    if (base == result) return; /* an offset of zero is inbounds of anything */
    u64 object = object_number((u64)base);
    if (!object) undefined_at(BAD_OFFSET, (u64)base);
    if (object_number((u64)result) != object) undefined_at(BAD_OFFSET, (u64)result);
}

/* An indirect call is about to be made through `callee`, which must be one of the stand-ins. */
void pl_callee(const void *callee, const void *stand_in) {
    if (callee != stand_in) {
        now.record->stand_in = (u64)stand_in;
        undefined_at(BAD_CALLEE, (u64)callee);
    }
}

void *pl_alloca(u64 bytes, u64 align) { return object_new(bytes, align, false, now.fill); }

u64 pl_enter(void) { return stack_mark(); }

void pl_leave(u64 frame) { stack_release(frame); }

#define HALF (COVERAGE_BYTES * 4) /* bits for blocks; as many for ways between them */

static void set_bit(struct record *record, u64 bit) { record->coverage[bit / 8] |= (u8)(1 << bit % 8); }

void pl_step(void) {
    struct record *record = now.record;
    u64 block = (u64)__builtin_return_address(0);
    set_bit(record, mix(block) % HALF);
    set_bit(record, HALF + mix(now.block * 3 + block) % HALF);
    now.block = block;
    if (++record->steps > pl.most_steps) leave_run(TOO_LONG, 0, 0);
}
