/* form: clang. Hash tables: open addressing with deletion, chains, growth by copying. */
#include "program.h"

struct slot { uint32_t key; int value; unsigned char state; };
struct table { struct slot *slots; unsigned size, used; };

static uint32_t scramble(uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352du;
  x ^= x >> 15;
  return x * 0x846ca68bu;
}
KEEP static struct slot *find(struct table *t, uint32_t key) {
  struct slot *grave = NULL;
  for (unsigned i = scramble(key);; i++) {
    struct slot *s = &t->slots[i & (t->size - 1)];
    if (s->state == 0) return grave ? grave : s;
    if (s->state == 2) grave = grave ? grave : s;
    else if (s->key == key) return s;
  }
}
KEEP static void grow(struct table *t) {
  struct table old = *t;
  t->size *= 2;
  t->used = 0;
  t->slots = calloc(t->size, sizeof *t->slots);
  for (unsigned i = 0; i < old.size; i++)
    if (old.slots[i].state == 1) {
      *find(t, old.slots[i].key) = old.slots[i];
      t->used++;
    }
  free(old.slots);
}
KEEP static void put(struct table *t, uint32_t key, int value) {
  if (t->used * 4 >= t->size * 3) grow(t);
  struct slot *s = find(t, key);
  if (s->state != 1) t->used++;
  *s = (struct slot){key, s->state == 1 ? s->value + value : value, 1};
}
KEEP static int get(struct table *t, uint32_t key, int otherwise) {
  const struct slot *s = find(t, key);
  return s->state == 1 ? s->value : otherwise;
}
KEEP static int drop(struct table *t, uint32_t key) {
  struct slot *s = find(t, key);
  if (s->state != 1) return 0;
  s->state = 2;
  return s->value;
}
KEEP static uint32_t text_hash(const char *s) {
  uint32_t h = 5381;
  while (*s) h = h * 33 ^ (unsigned char)*s++;
  return h;
}

int main(void) {
  struct table t = {calloc(8, sizeof(struct slot)), 8, 0};
  for (int i = 0; i < 40; i++) put(&t, in_u((unsigned)(i * i % 23)), in(i));
  out("used", t.used * 1000 + t.size);
  for (unsigned key = 0; key < 23; key += 4) printf("%d ", get(&t, in_u(key), in(-1)));
  out("drop", drop(&t, in_u(4)) * 10 + drop(&t, in_u(5)));
  put(&t, in_u(4), in(1));
  out("get", get(&t, in_u(4), in(-1)));
  int sum = 0;
  for (unsigned i = 0; i < t.size; i++) sum += t.slots[i].state == 1 ? t.slots[i].value : 0;
  out("sum", sum);
  out("text", text_hash("collision") ^ text_hash(&"-collision"[in(1)]));
  free(t.slots);
}
