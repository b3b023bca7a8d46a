/* Packed structs and aligned ones: fields at odd addresses, arrays of them, copies. */
#include "program.h"

struct __attribute__((packed)) wire { uint8_t kind; uint32_t length; uint16_t port; int64_t stamp; };
struct __attribute__((packed)) odd { uint8_t pad; unsigned a : 12, b : 13; int c : 7; };
struct __attribute__((aligned(16))) line { char tag; int v[3]; };

KEEP static uint32_t checksum(const unsigned char *p, size_t n) {
  uint32_t hash = 1;
  for (size_t i = 0; i < n; i++) hash = (hash ^ p[i]) * 16777619u;
  return hash;
}
KEEP static void fill(struct wire *w, int i) {
  w->kind = (uint8_t)i;
  w->length = 0x10203040u * (unsigned)i;
  w->port = (uint16_t)(w->length >> 8);
  w->stamp = -(int64_t)w->length * 77777;
}
KEEP static int64_t total(const struct wire *w, int n) {
  int64_t sum = 0;
  for (int i = 0; i < n; i++) sum = sum / 2 + w[i].stamp + w[i].port - w[i].kind + w[i].length;
  return sum;
}
KEEP static int fields(struct odd *o, int x) {
  o->a = (unsigned)x & 4095;
  o->b = o->a * 2;
  o->c = x % 64 - 20;
  o->pad ^= 0xff;
  return (int)o->a * 3 + (int)o->b * 5 + o->c;
}
KEEP static int lines(struct line *l, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++) {
    l[i].tag = (char)('a' + i);
    for (int k = 0; k < 3; k++) l[i].v[k] = i * 3 + k;
    sum += l[i].v[(i + 1) % 3] * l[i].tag + (int)((uintptr_t)&l[i] & 15);
  }
  return sum;
}

int main(void) {
  struct wire w[3];
  for (int i = 0; i < 3; i++) fill(&w[i], in(i + 1));
  out("sum", checksum((const unsigned char *)w, sizeof w));
  out("total", total(w, in(3)));
  struct odd o[2] = {{0}, {0}};
  out("fields", fields(&o[in(1)], in(0x7ab)) + fields(&o[in(0)], in(55)));
  out("odd", checksum((const unsigned char *)&o[1], 5));
  struct line l[4];
  out("lines", lines(l, in(4)));
  struct wire copy = w[in(1)];
  copy.length ^= 1;
  out("copy", copy.length ^ w[1].length);
}
