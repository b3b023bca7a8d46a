/* Which bits of memory were never given a value, for the instrumented copy.
 *
 * Its code comes from LLVM's MemorySanitizer in the form made for kernels, which asks for the place
 * of a shadow: a set bit says that the bit of memory has no value. Memory of the harness has its
 * shadow at a fixed distance; what lies elsewhere, such as constants, is always defined. */
#define _GNU_SOURCE
#include "harness.h"

#include <string.h>
#include <sys/mman.h>

#define SHADOW_DISTANCE 0x100000000ull
#define ARENA_SPACE (ARENAS * ARENA_STRIDE)
#define PAGE 4096ull
#define PAGES ((ARENA_SPACE + GLOBALS_BYTES) / PAGE)
#define MOST_ELSEWHERE 65536

struct places { void *shadow, *origin; };

static u8 context[8192];             /* shadows of arguments and results on their way */
static u8 defined[MOST_ELSEWHERE];   /* of what lies elsewhere: read, all zero */
static u8 forgotten[MOST_ELSEWHERE]; /* of what lies elsewhere: written */
static u8 origins[MOST_ELSEWHERE];
static bool is_touched[PAGES];
static u32 touched[PAGES], num_touched;

static bool map_shadow(u64 at, u64 bytes) {
    void *wanted = (void *)(at + SHADOW_DISTANCE);
    int flags = MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE | MAP_PRIVATE;
    return mmap(wanted, bytes, PROT_READ | PROT_WRITE, flags, -1, 0) == wanted;
}

bool shadow_setup(void) {
    return map_shadow(BASE, ARENA_SPACE) && map_shadow(GLOBALS_AT, GLOBALS_BYTES) &&
           map_shadow(HEAP_AT, HEAP_BYTES) && map_shadow(STACK_AT, STACK_BYTES);
}

static bool within(u64 at, u64 bytes, u64 from, u64 size) {
    return at - from < size && bytes <= size - (at - from);
}

/* The place of a page's shadow in the order of `touched`. */
static u8 *page_of(u64 number) {
    u64 at = number < ARENA_SPACE / PAGE ? BASE + number * PAGE : GLOBALS_AT + number * PAGE - ARENA_SPACE;
    return (u8 *)(at + SHADOW_DISTANCE);
}

static void touch(u64 first, u64 last) {
    for (u64 page = first; page <= last; page++)
        if (!is_touched[page]) {
            is_touched[page] = true;
            touched[num_touched++] = (u32)page;
        }
}

/* The shadow of memory of the harness; NULL elsewhere. */
static u8 *shadow_of(u64 at, u64 bytes, bool write) {
    if (within(at, bytes, HEAP_AT, HEAP_BYTES) || within(at, bytes, STACK_AT, STACK_BYTES))
        return (u8 *)(at + SHADOW_DISTANCE);
    u64 before = at >= GLOBALS_AT ? GLOBALS_AT - ARENA_SPACE : BASE;
    if (!within(at, bytes, BASE, ARENA_SPACE) && !within(at, bytes, GLOBALS_AT, GLOBALS_BYTES)) return NULL;
    if (write && bytes) touch((at - before) / PAGE, (at + bytes - 1 - before) / PAGE);
    return (u8 *)(at + SHADOW_DISTANCE);
}

void shadow_reset(void) {
    memset(context, 0, sizeof context);
    while (num_touched) {
        u32 page = touched[--num_touched];
        is_touched[page] = false;
        memset(page_of(page), 0, PAGE);
    }
}

static void set(u64 at, u64 bytes, u8 value) {
    u8 *shadow = shadow_of(at, bytes, true);
    if (shadow) memset(shadow, value, bytes);
}

/* Memory without contents begins here, or ends. */
void shadow_undefine(u64 at, u64 bytes) {
    if (now.checked) set(at, bytes, 0xff);
}

/* Something of the harness wrote here. */
void shadow_define(u64 at, u64 bytes) {
    if (now.checked) set(at, bytes, 0);
}

void shadow_copy(u64 to, u64 from, u64 bytes) {
    if (!now.checked) return;
    u8 *of = shadow_of(from, bytes, false), *into = shadow_of(to, bytes, true);
    if (into && of) memmove(into, of, bytes);
    else if (into) memset(into, 0, bytes);
}

/* Whether any byte here has no value, as far as the instrumented copy knows. */
bool is_undefined(u64 at, u64 bytes) {
    const u8 *shadow = shadow_of(at, bytes, false);
    for (u64 i = 0; shadow && i < bytes; i++)
        if (shadow[i]) return true;
    return false;
}

/* The shadow of whole pages is zero again. */
void shadow_forget(u64 at, u64 bytes) {
    madvise((void *)(at + SHADOW_DISTANCE), (bytes + PAGE - 1) / PAGE * PAGE, MADV_DONTNEED);
}

/* End the run if a library function is to read what has no value. */
void need_defined(u64 at, u64 bytes) {
    if (!now.checked) return;
    const u8 *shadow = shadow_of(at, bytes, false);
    for (u64 i = 0; shadow && i < bytes; i++)
        if (shadow[i]) undefined_at(UNINITIALISED, 0);
}

void __msan_warning(u32 origin) {
    (void)origin;
    undefined_at(UNINITIALISED, 0);
}

void *__msan_get_context_state(void) { return context; }

void __msan_poison_alloca(void *at, u64 bytes, const void *name) {
    (void)name;
    shadow_undefine((u64)at, bytes);
}

void __msan_unpoison_alloca(void *at, u64 bytes) { shadow_define((u64)at, bytes); }

void *__msan_memmove(void *to, const void *from, u64 bytes) {
    shadow_copy((u64)to, (u64)from, bytes);
    return memmove(to, from, bytes);
}

void *__msan_memcpy(void *to, const void *from, u64 bytes) { return __msan_memmove(to, from, bytes); }

void *__msan_memset(void *to, int value, u64 bytes) {
    shadow_define((u64)to, bytes);
    return memset(to, value, bytes);
}

struct places __msan_metadata_ptr_for_load_n(void *at, u64 bytes) {
    u8 *shadow = shadow_of((u64)at, bytes, false);
    if (!shadow && bytes > MOST_ELSEWHERE) undefined_at(NO_ROOM, 0);
    return (struct places){shadow ? shadow : defined, origins};
}

struct places __msan_metadata_ptr_for_store_n(void *at, u64 bytes) {
    u8 *shadow = shadow_of((u64)at, bytes, true);
    if (!shadow && bytes > MOST_ELSEWHERE) undefined_at(NO_ROOM, 0);
    return (struct places){shadow ? shadow : forgotten, origins};
}

#define OF_SIZE(bytes) \
    struct places __msan_metadata_ptr_for_load_##bytes(void *at) { \
        return __msan_metadata_ptr_for_load_n(at, bytes); \
    } \
    struct places __msan_metadata_ptr_for_store_##bytes(void *at) { \
        return __msan_metadata_ptr_for_store_n(at, bytes); \
    }
OF_SIZE(1)
OF_SIZE(2)
OF_SIZE(4)
OF_SIZE(8)
