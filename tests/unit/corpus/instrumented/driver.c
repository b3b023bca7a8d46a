/* Calls an instrumented function once and tells how it ended; compiled with the harness. */
#include "harness.h"

#include <string.h>

static struct record record;

/* The code of what was undefined; 0: it returned; -1: it ended in another way. */
int try_function(u64 (*function)(void *, u64, u64), u64 a, u64 b, u8 fill) {
    static struct plan plan;
    memset(&record, 0, sizeof record);
    now.record = &record;
    now.plan = &plan;
    now.checked = true;
    now.fill = fill;
    pl.most_steps = 1000;
    objects_reset();
    shadow_reset();
    memset((void *)BASE, 0, ARENA_BYTES);
    if (sigsetjmp(now.leave, 0)) return record.ending == UNDEFINED ? (int)record.code : -1;
    function((void *)(BASE + ARENA_START), a, b);
    return 0;
}

/* Stand-ins for what the functions under test call. */
void fill_in(int *into) {
    *into = 5;
    shadow_define((u64)into, sizeof *into);
}
void look_at(const void *at) { (void)at; }
void *give_null(void) { return NULL; }
