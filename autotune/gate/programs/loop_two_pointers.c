/* Pointers that run towards each other, past each other, and to one past the end. */
#include "program.h"

KEEP static void reverse(char *from, char *to) {
  while (from < --to) {
    char c = *from;
    *from++ = *to;
    *to = c;
  }
}
KEEP static int palindrome(const char *from, const char *to) {
  for (; from < to; from++, to--)
    while (from < to && *from != *to) return 0;
  return 1;
}
KEEP static int *partition(int *first, int *last, int pivot) {
  int *into = first;
  for (int *p = first; p != last; ++p)
    if (*p < pivot) {
      int swap = *p;
      *p = *into;
      *into++ = swap;
    }
  return into;
}
KEEP static int merge(const int *a, const int *a_end, const int *b, const int *b_end, int *to) {
  int *begin = to;
  while (a != a_end && b != b_end) *to++ = *b < *a ? *b++ : *a++;
  while (a != a_end) *to++ = *a++;
  while (b != b_end) *to++ = *b++;
  return (int)(to - begin);
}
KEEP static int unique(int *first, int *last) {
  if (first == last) return 0;
  int *kept = first;
  for (int *p = first; ++p != last;)
    if (*p != *kept) *++kept = *p;
  return (int)(kept - first) + 1;
}

int main(void) {
  char text[] = "stressed desserts";
  reverse(text, text + in(8));
  printf("%s\n", text);
  reverse(text, text + in(17));
  printf("%s %d %d\n", text, palindrome(text, text + in(16)), palindrome(text + 3, text + in(3)));
  int v[] = {9, 2, 7, 4, 5, 1, 8}, w[] = {1, 3, 3, 6}, m[11];
  int *middle = partition(v, v + in(7), in(5));
  out("middle", middle - v);
  int merged = merge(v, middle, w, w + in(4), m);
  for (int i = 0; i < merged; i++) printf("%d ", m[i]);
  out("unique", unique(w, w + in(4)) * 10 + unique(m, m + in(0)));
}
