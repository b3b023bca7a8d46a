/* form: clang. A small printf of our own, and the library's through vsnprintf. */
#include <stdarg.h>

#include "program.h"

struct sink { char text[80]; int used; };

KEEP static void put(struct sink *to, char c) {
  if (to->used < (int)sizeof to->text - 1) to->text[to->used++] = c;
  to->text[to->used] = 0;
}
KEEP static void number(struct sink *to, unsigned long value, unsigned base, int width, char pad) {
  char digits[32];
  int n = 0;
  do digits[n++] = "0123456789abcdef"[value % base];
  while (value /= base);
  while (width-- > n) put(to, pad);
  while (n > 0) put(to, digits[--n]);
}
KEEP static int format(struct sink *to, const char *text, ...) {
  va_list list;
  va_start(list, text);
  to->used = 0;
  for (; *text; text++) {
    if (*text != '%') {
      put(to, *text);
      continue;
    }
    char pad = ' ';
    int width = 0, wide = 0;
    if (*++text == '0') pad = '0';
    while (*text >= '0' && *text <= '9') width = width * 10 + *text++ - '0';
    if (*text == 'l') wide = 1, text++;
    switch (*text) {
      case 'd': {
        long value = wide ? va_arg(list, long) : va_arg(list, int);
        if (value < 0) put(to, '-');
        number(to, value < 0 ? 0ul - (unsigned long)value : (unsigned long)value, 10, width, pad);
        break;
      }
      case 'x': number(to, wide ? va_arg(list, unsigned long) : va_arg(list, unsigned), 16, width, pad); break;
      case 'c': put(to, (char)va_arg(list, int)); break;
      case 's': for (const char *s = va_arg(list, const char *); *s; s++) put(to, *s); break;
      default: put(to, *text);
    }
  }
  va_end(list);
  return to->used;
}
KEEP static int library(char *to, size_t size, const char *text, ...) {
  va_list list;
  va_start(list, text);
  int wanted = vsnprintf(to, size, text, list);
  va_end(list);
  return wanted;
}

int main(void) {
  struct sink sink;
  char buffer[12];
  int length = format(&sink, "%d|%5d|%05d|%c%s|%x|%08lx|%ld|100%%", in(-7), in(42), in(42), in('q'), "uick", in_u(0xbeef),
                      in_u64(0x123456789), in_64(-9000000000));
  printf("%s %d\n", sink.text, length);
  length = library(buffer, sizeof buffer, "%s-%d", "truncated", in(12345));
  printf("%s %d\n", buffer, length);
}
