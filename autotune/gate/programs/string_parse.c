/* form: clang. Parsing by hand: fields, quotes, escapes, numbers with overflow checks. */
#include "program.h"

struct field { const char *begin; int length, quoted; };

KEEP static int split(const char *line, struct field *to, int most) {
  int n = 0;
  for (;;) {
    if (n == most) return -1;
    struct field *f = &to[n++];
    f->quoted = *line == '"';
    if (f->quoted) {
      f->begin = ++line;
      while (*line && !(line[0] == '"' && line[1] != '"')) line += line[0] == '"' ? 2 : 1;
      f->length = (int)(line - f->begin);
      if (*line) line++;
    } else {
      f->begin = line;
      while (*line && *line != ',') line++;
      f->length = (int)(line - f->begin);
    }
    if (*line != ',') return n;
    line++;
  }
}
KEEP static int to_number(const char *p, int length, int *value) {
  int negative = length > 0 && *p == '-';
  unsigned sum = 0;
  if (negative) p++, length--;
  if (length <= 0) return 0;
  while (length-- > 0) {
    unsigned digit = (unsigned)(*p++ - '0');
    if (digit > 9) return 0;
    if (sum > (2147483647u + (unsigned)negative - digit) / 10) return 0;
    sum = sum * 10 + digit;
  }
  *value = negative ? (int)(0u - sum) : (int)sum;
  return 1;
}
KEEP static int hex(const char *text, unsigned char *to) {
  int n = 0;
  for (; text[0] && text[1]; text += 2) {
    int value = 0;
    for (int i = 0; i < 2; i++) {
      char c = text[i];
      int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
      if (digit < 0) return -n - 1;
      value = value << 4 | digit;
    }
    to[n++] = (unsigned char)value;
  }
  return n;
}

int main(void) {
  static const char *const lines[] = {"a,12,-7", "\"x,\"\"y\"\"\",2147483647,", "-2147483648,2147483648,1x", ",,,,,"};
  for (int i = 0; i < COUNT(lines); i++) {
    struct field fields[5];
    int n = split(lines[in(i)], fields, in(5)), value = -99;
    printf("%d:", n);
    for (int k = 0; k < n; k++) {
      int good = to_number(fields[k].begin, fields[k].length, &value);
      printf(" %.*s/%d/%d/%d", fields[k].length, fields[k].begin, fields[k].quoted, good, value);
    }
    putchar('\n');
  }
  unsigned char bytes[8];
  out("hex", hex("00fFa7", bytes) * 1000 + bytes[1] + bytes[2]);
  out("hex", hex("12g4", bytes));
}
