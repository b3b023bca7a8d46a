/* form: clang. One memory seen through several types, only in ways that the language allows. */
#include "program.h"

KEEP static int char_store(int *p, unsigned char *c) {
  *p = 0x01020304;
  c[1] = 0xff; /* may be part of *p */
  return *p;
}
KEEP static float float_store(float *f, int *i) {
  *f = 1.0f;
  *i = 5; /* never the same memory: types differ */
  return *f + (float)*i;
}
KEEP static uint16_t halves(void *p) {
  uint16_t h[2];
  memcpy(h, p, 4);
  uint32_t word = (uint32_t)h[0] << 16 | h[1];
  memcpy(p, &word, 4);
  return h[0];
}
union number { int i; float f; unsigned char bytes[4]; short s[2]; };
KEEP static int pun(union number *u) {
  u->f = 1.0f;
  u->bytes[0] |= 1;
  u->s[1] ^= 0x10;
  return u->i;
}
struct head { int tag, length; };
struct body { struct head head; int more; };
KEEP static int prefix(struct head *h, struct body *b) {
  h->tag = 1;
  b->head.tag = 2; /* may be the same */
  b->more = 3;
  return h->tag * 10 + b->more;
}
KEEP static int reuse(void) {
  void *p = malloc(8);
  *(int *)p = in(7);
  int before = *(int *)p;
  *(float *)p = 2.5f; /* the memory now holds a float */
  float after = *(float *)p;
  *(int *)p = 9;
  int last = *(int *)p;
  free(p);
  return before * 100 + (int)(after * 10) + last;
}
KEEP static long pointers(int **a, long *b, int *x) {
  *a = x;
  *b = 3;
  **a += (int)*b;
  return *x;
}

int main(void) {
  int x = 0, y = in(1);
  out("char", char_store(&x, (unsigned char *)&x));
  out("char", char_store(&x, (unsigned char *)&y));
  float f;
  out_f("float", float_store(&f, &x));
  uint32_t word = in_u(0xaabbccdd);
  out("halves", halves(&word) + (long long)word * 65536);
  union number u;
  out("pun", pun(&u));
  struct body b = {{9, 9}, 9};
  out("prefix", prefix(&b.head, &b));
  out("reuse", reuse());
  int *p = NULL;
  long l = 0;
  out("pointers", pointers(&p, &l, &y) * 10 + l);
}
