/* What tells one state of a module from another inside one process: 128 bits that are equal if and,
 * nearly always, only if LLVM prints the two states alike, for a fifth of the price of printing.
 *
 * Everything that decides the text goes in, in the order of the text: names of globals, what
 * their declarations say, attributes, metadata, and of every instruction its type, its operands by
 * number and what its class keeps beside them. Types, attributes, strings of metadata and plain
 * constants are one object for one content as long as their context lives: their addresses stand for
 * them. Whatever belongs to a module (globals, blocks, values, distinct metadata) stands by its
 * number, so that a clone is told equal.
 *
 * Flags, predicates, alignments, orderings and the like are bits of `Value` itself (its first eight
 * bytes, llvm/IR/Value.h), and linkage, visibility and the like are bits of `GlobalValue`; they are
 * read there, whole, since the C API has getters for some of them only. Whether they lie where this
 * file looks for them is tried out by state_identity.py before anything relies on it.
 *
 * A module with something that is not covered here (local names, debug information, aliases, addresses
 * of blocks) has no identity: 0 comes back, and the caller prints. Not seen is `inrange` of constant
 * expressions: a caller must not ask where a module has that. The functions are those of
 * llvm-c/Core.h and DebugInfo.h, declared here as no header of LLVM is installed.
 */

#include <stdint.h>

typedef const void *Ref;

unsigned LLVMGetAttributeCountAtIndex(Ref, unsigned);
void LLVMGetAttributesAtIndex(Ref, unsigned, Ref *);
unsigned LLVMGetCallSiteAttributeCount(Ref, unsigned);
void LLVMGetCallSiteAttributes(Ref, unsigned, Ref *);
unsigned LLVMCountParams(Ref);
Ref LLVMGetFirstParam(Ref);
Ref LLVMGetNextParam(Ref);
Ref LLVMGetFirstFunction(Ref);
Ref LLVMGetNextFunction(Ref);
Ref LLVMGetFirstGlobal(Ref);
Ref LLVMGetNextGlobal(Ref);
Ref LLVMGetFirstGlobalAlias(Ref);
Ref LLVMGetFirstGlobalIFunc(Ref);
Ref LLVMGetFirstNamedMetadata(Ref);
Ref LLVMGetNextNamedMetadata(Ref);
const char *LLVMGetNamedMetadataName(Ref, uint64_t *);
unsigned LLVMGetNamedMetadataNumOperands(Ref, const char *);
void LLVMGetNamedMetadataOperands(Ref, const char *, Ref *);
Ref LLVMGetModuleContext(Ref);
const char *LLVMGetValueName2(Ref, uint64_t *);
Ref LLVMTypeOf(Ref);
Ref LLVMGlobalGetValueType(Ref);
const char *LLVMGetSection(Ref);
Ref LLVMGetComdat(Ref);
unsigned LLVMGetComdatSelectionKind(Ref);
unsigned LLVMGetAlignment(Ref);
int LLVMIsGlobalConstant(Ref);
int LLVMIsExternallyInitialized(Ref);
Ref LLVMGetInitializer(Ref);
unsigned LLVMGetFunctionCallConv(Ref);
const char *LLVMGetGC(Ref);
int LLVMHasPersonalityFn(Ref);
Ref LLVMGetPersonalityFn(Ref);
int LLVMHasPrefixData(Ref);
int LLVMHasPrologueData(Ref);
Ref LLVMGlobalCopyAllMetadata(Ref, uint64_t *);
Ref LLVMInstructionGetAllMetadataOtherThanDebugLoc(Ref, uint64_t *);
unsigned LLVMValueMetadataEntriesGetKind(Ref, unsigned);
Ref LLVMValueMetadataEntriesGetMetadata(Ref, unsigned);
void LLVMDisposeValueMetadataEntries(Ref);
Ref LLVMInstructionGetDebugLoc(Ref);
Ref LLVMGetFirstDbgRecord(Ref);
Ref LLVMMetadataAsValue(Ref, Ref);
Ref LLVMValueAsMetadata(Ref);
unsigned LLVMGetMetadataKind(Ref);
unsigned LLVMGetMDNodeNumOperands(Ref);
void LLVMGetMDNodeOperands(Ref, Ref *);
Ref LLVMGetFirstBasicBlock(Ref);
Ref LLVMGetNextBasicBlock(Ref);
Ref LLVMBasicBlockAsValue(Ref);
Ref LLVMGetFirstInstruction(Ref);
Ref LLVMGetNextInstruction(Ref);
unsigned LLVMGetInstructionOpcode(Ref);
int LLVMGetNumOperands(Ref);
Ref LLVMGetOperand(Ref, unsigned);
unsigned LLVMGetValueKind(Ref);
unsigned LLVMGetConstOpcode(Ref);
Ref LLVMGetGEPSourceElementType(Ref);
Ref LLVMGetAllocatedType(Ref);
Ref LLVMGetCalledFunctionType(Ref);
Ref LLVMGetIncomingBlock(Ref, unsigned);
unsigned LLVMGetNumIndices(Ref);
const unsigned *LLVMGetIndices(Ref);
unsigned LLVMGetNumMaskElements(Ref);
int LLVMGetMaskValue(Ref, unsigned);
unsigned LLVMGetNumSuccessors(Ref);
Ref LLVMGetSuccessor(Ref, unsigned);
Ref LLVMGetSwitchCaseValue(Ref, unsigned);
int LLVMIsAtomic(Ref);
unsigned LLVMGetAtomicSyncScopeID(Ref);
unsigned LLVMGetNumOperandBundles(Ref);
Ref LLVMGetOperandBundleAtIndex(Ref, unsigned);
const char *LLVMGetOperandBundleTag(Ref, uint64_t *);
unsigned LLVMGetNumOperandBundleArgs(Ref);
void LLVMDisposeOperandBundle(Ref);

/* LLVMOpcode */
enum {
    SWITCH = 3, INVOKE = 5, ALLOCA = 26, GEP = 29, PHI = 44, CALL = 45, SHUFFLE = 52,
    EXTRACT_VALUE = 53, INSERT_VALUE = 54, CALL_BR = 67,
};

/* LLVMValueKind */
enum {
    ARGUMENT = 0, BLOCK = 1, FUNCTION = 5, VARIABLE = 8, EXPRESSION = 10, ARRAY = 11, STRUCT = 12,
    VECTOR = 13, UNDEFINED = 14, ZERO = 15, DATA_ARRAY = 16, DATA_VECTOR = 17, INTEGER = 18,
    FLOAT = 19, NULL_POINTER = 20, NO_TOKEN = 21, METADATA = 22, ASSEMBLY = 23, INSTRUCTION = 24,
    POISON = 25, NO_TARGET_VALUE = 26,
};

/* LLVMMetadataKind */
enum { STRING = 0, CONSTANT = 1, TUPLE = 4 };

enum {
    SLOTS = 1 << 16,       /* of the table of numbers; a power of two */
    MOST_NUMBERS = 40000,  /* larger modules have no identity */
    MOST_ATTRIBUTES = 256, /* of one function, parameter or call */
    MOST_NODES = 256,      /* operands of one node of metadata */
    DEEPEST = 64,          /* constants in constants, metadata in metadata */
    FUNCTION_ITSELF = -1,  /* LLVMAttributeFunctionIndex */
};

/* Of a value's first eight bytes: all but whether something watches it and whether metadata uses it. */
static const uint64_t TELLING = ~(UINT64_C(1) << 8 | UINT64_C(1) << 59);
static const uint64_t HAS_NAME = UINT64_C(1) << 60;
static const uint64_t HAS_METADATA = UINT64_C(1) << 61;
enum { VALUE_BITS = 0, GLOBAL_BITS = 32 }; /* their places, in bytes */

static struct { Ref what; uint32_t number, run; } table[SLOTS];
static uint32_t run, numbers;
static uint64_t low, high;
static int covered; /* nothing was met that is not covered */
static Ref context;

static void add(uint64_t word) {
    low = (low ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    low ^= low >> 32;
    high = (high + word) * UINT64_C(0xC2B2AE3D27D4EB4F);
    high = (high << 31 | high >> 33) ^ low;
}

static void add_ref(Ref one) { add((uint64_t)(uintptr_t)one); }

static void add_text(const char *text, uint64_t length) {
    add(length);
    for (uint64_t at = 0; at < length; at += 8) {
        uint64_t word = 0;
        for (uint64_t byte = at; byte < length && byte < at + 8; ++byte)
            word = word << 8 | (unsigned char)text[byte];
        add(word);
    }
}

static void add_string(const char *text) {
    uint64_t length = 0;
    while (text && text[length]) ++length;
    add_text(text, length);
}

static uint64_t word_at(Ref one, int place) {
    uint64_t word;
    __builtin_memcpy(&word, (const char *)one + place, sizeof word);
    return word;
}

static uint64_t bits_of(Ref value) { return word_at(value, VALUE_BITS) & TELLING; }

/* The number of `what`, from 1 in the order of the first calls; `*news` says if this is the first. */
static uint32_t number_of(Ref what, int *news) {
    uint64_t slot = (uint64_t)(uintptr_t)what >> 4;
    slot = (slot * UINT64_C(0x9E3779B97F4A7C15)) >> 48;
    *news = 0;
    for (;; slot = (slot + 1) % SLOTS) {
        if (table[slot].run != run) {
            if (numbers == MOST_NUMBERS) {
                covered = 0;
                return 0;
            }
            table[slot].what = what;
            table[slot].run = run;
            table[slot].number = ++numbers;
            *news = 1;
            return numbers;
        }
        if (table[slot].what == what) return table[slot].number;
    }
}

static uint32_t numbered(Ref what) {
    int news;
    return number_of(what, &news);
}

static void number_local(Ref value) {
    numbered(value);
    if (bits_of(value) & HAS_NAME) covered = 0;
}

static void add_constant(Ref, int);

/* Uniqued nodes are told by their content, distinct ones by their number; which of the two a node is,
 * its second byte says (llvm/IR/Metadata.h). */
static void add_metadata(Ref metadata, int depth) {
    if (!metadata) {
        add(0);
        return;
    }
    unsigned kind = LLVMGetMetadataKind(metadata);
    add(kind);
    if (kind == STRING) {
        add_ref(metadata);
    } else if (kind == TUPLE && depth < DEEPEST) {
        int news;
        add(number_of(metadata, &news));
        if (!news) return;
        Ref value = LLVMMetadataAsValue(context, metadata), operands[MOST_NODES];
        unsigned count = LLVMGetMDNodeNumOperands(value);
        add(((const unsigned char *)metadata)[1] & 0x7f);
        add(count);
        if (count > MOST_NODES) {
            covered = 0;
            return;
        }
        LLVMGetMDNodeOperands(value, operands);
        for (unsigned at = 0; at < count && covered; ++at) {
            if (operands[at] && LLVMGetValueKind(operands[at]) != METADATA) {
                add(CONSTANT);
                add_constant(operands[at], depth + 1);
            } else {
                add_metadata(operands[at] ? LLVMValueAsMetadata(operands[at]) : 0, depth + 1);
            }
        }
    } else {
        covered = 0;
    }
}

static void add_attached(Ref entries, uint64_t count) {
    add(count);
    for (unsigned at = 0; at < count && covered; ++at) {
        add(LLVMValueMetadataEntriesGetKind(entries, at));
        add_metadata(LLVMValueMetadataEntriesGetMetadata(entries, at), 0);
    }
    LLVMDisposeValueMetadataEntries(entries);
}

static void add_constant(Ref constant, int depth) {
    unsigned kind = LLVMGetValueKind(constant);
    add(kind);
    switch (kind) {
    case UNDEFINED: case ZERO: case DATA_ARRAY: case DATA_VECTOR: case INTEGER: case FLOAT:
    case NULL_POINTER: case NO_TOKEN: case ASSEMBLY: case POISON: case NO_TARGET_VALUE:
        add_ref(constant);
        return;
    case FUNCTION: case VARIABLE:
        add(numbered(constant));
        return;
    case EXPRESSION:
        add(LLVMGetConstOpcode(constant));
        if (LLVMGetConstOpcode(constant) == GEP) add_ref(LLVMGetGEPSourceElementType(constant));
        break;
    case ARRAY: case STRUCT: case VECTOR:
        break;
    default: /* addresses of blocks, aliases, signed pointers */
        covered = 0;
        return;
    }
    if (depth == DEEPEST) covered = 0;
    add_ref(LLVMTypeOf(constant));
    add(bits_of(constant));
    int count = LLVMGetNumOperands(constant);
    for (int at = 0; at < count && covered; ++at)
        add_constant(LLVMGetOperand(constant, at), depth + 1);
}

static void add_operand(Ref operand) {
    unsigned kind = operand ? LLVMGetValueKind(operand) : METADATA;
    if (kind == INSTRUCTION || kind == ARGUMENT || kind == BLOCK) {
        add(numbered(operand));
    } else if (kind == METADATA) {
        add_metadata(operand ? LLVMValueAsMetadata(operand) : 0, 0);
    } else {
        add_constant(operand, 0);
    }
}

static void add_attributes(Ref of, unsigned places, unsigned (*count)(Ref, unsigned),
                           void (*get)(Ref, unsigned, Ref *)) {
    Ref attributes[MOST_ATTRIBUTES];
    for (unsigned place = 0; place <= places + 1; ++place) { /* returned, parameters, itself */
        unsigned index = place > places ? (unsigned)FUNCTION_ITSELF : place;
        unsigned had = count(of, index);
        add(had);
        if (had > MOST_ATTRIBUTES) {
            covered = 0;
            return;
        }
        get(of, index, attributes);
        for (unsigned at = 0; at < had; ++at) add_ref(attributes[at]);
    }
}

static void add_call(Ref call, int operands) {
    add_ref(LLVMGetCalledFunctionType(call));
    add_attributes(call, operands, LLVMGetCallSiteAttributeCount, LLVMGetCallSiteAttributes);
    unsigned bundles = LLVMGetNumOperandBundles(call);
    add(bundles);
    for (unsigned at = 0; at < bundles; ++at) {
        Ref bundle = LLVMGetOperandBundleAtIndex(call, at);
        uint64_t length;
        const char *tag = LLVMGetOperandBundleTag(bundle, &length);
        add_text(tag, length);
        add(LLVMGetNumOperandBundleArgs(bundle));
        LLVMDisposeOperandBundle(bundle);
    }
}

static void add_instruction(Ref one) {
    unsigned opcode = LLVMGetInstructionOpcode(one);
    uint64_t bits = bits_of(one);
    int operands = LLVMGetNumOperands(one);
    add(opcode);
    add(bits);
    add_ref(LLVMTypeOf(one));
    if (LLVMInstructionGetDebugLoc(one) || LLVMGetFirstDbgRecord(one)) {
        covered = 0;
        return;
    }
    for (int at = 0; at < operands && covered; ++at) add_operand(LLVMGetOperand(one, at));
    switch (opcode) {
    case PHI:
        for (int at = 0; at < operands; ++at)
            add(numbered(LLVMBasicBlockAsValue(LLVMGetIncomingBlock(one, at))));
        break;
    case SWITCH:
        for (unsigned at = 1, count = LLVMGetNumSuccessors(one); at < count; ++at) {
            add_ref(LLVMGetSwitchCaseValue(one, at));
            add(numbered(LLVMBasicBlockAsValue(LLVMGetSuccessor(one, at))));
        }
        break;
    case CALL: case INVOKE: case CALL_BR:
        add_call(one, operands);
        break;
    case ALLOCA:
        add_ref(LLVMGetAllocatedType(one));
        break;
    case GEP:
        add_ref(LLVMGetGEPSourceElementType(one));
        break;
    case EXTRACT_VALUE: case INSERT_VALUE:
        for (unsigned at = 0, count = LLVMGetNumIndices(one); at < count; ++at)
            add(LLVMGetIndices(one)[at]);
        break;
    case SHUFFLE:
        for (unsigned at = 0, count = LLVMGetNumMaskElements(one); at < count; ++at)
            add((uint64_t)LLVMGetMaskValue(one, at));
        break;
    }
    if (LLVMIsAtomic(one)) add(LLVMGetAtomicSyncScopeID(one));
    if (bits & HAS_METADATA) {
        uint64_t count;
        Ref entries = LLVMInstructionGetAllMetadataOtherThanDebugLoc(one, &count);
        add_attached(entries, count);
    }
}

/* What a function and a variable have in common. */
static void add_global(Ref one) {
    uint64_t length, bits = bits_of(one);
    const char *name = LLVMGetValueName2(one, &length);
    add_text(name, length);
    add_ref(LLVMTypeOf(one));
    add_ref(LLVMGlobalGetValueType(one));
    add(word_at(one, GLOBAL_BITS));
    add_string(LLVMGetSection(one));
    add(LLVMGetAlignment(one));
    Ref comdat = LLVMGetComdat(one);
    add(comdat ? 1 + LLVMGetComdatSelectionKind(comdat) : 0);
    add((bits & HAS_METADATA) != 0);
    if (bits & HAS_METADATA) {
        Ref entries = LLVMGlobalCopyAllMetadata(one, &length);
        add_attached(entries, length);
    }
}

static void add_variable(Ref one) {
    add_global(one);
    add(LLVMIsGlobalConstant(one));
    add(LLVMIsExternallyInitialized(one));
    Ref initial = LLVMGetInitializer(one);
    add(initial != 0);
    if (initial) add_constant(initial, 0);
}

static void add_function(Ref one) {
    add_global(one);
    add(LLVMGetFunctionCallConv(one));
    add_string(LLVMGetGC(one));
    add_attributes(one, LLVMCountParams(one), LLVMGetAttributeCountAtIndex,
                   LLVMGetAttributesAtIndex);
    add(LLVMHasPersonalityFn(one));
    if (LLVMHasPersonalityFn(one)) add_constant(LLVMGetPersonalityFn(one), 0);
    if (LLVMHasPrefixData(one) || LLVMHasPrologueData(one)) covered = 0;
    for (Ref at = LLVMGetFirstParam(one); at; at = LLVMGetNextParam(at)) number_local(at);
    for (Ref block = LLVMGetFirstBasicBlock(one); block; block = LLVMGetNextBasicBlock(block)) {
        number_local(LLVMBasicBlockAsValue(block));
        for (Ref at = LLVMGetFirstInstruction(block); at; at = LLVMGetNextInstruction(at))
            number_local(at);
    }
    for (Ref block = LLVMGetFirstBasicBlock(one); block; block = LLVMGetNextBasicBlock(block)) {
        add(numbered(LLVMBasicBlockAsValue(block)));
        for (Ref at = LLVMGetFirstInstruction(block); at && covered; at = LLVMGetNextInstruction(at))
            add_instruction(at);
    }
}

static void add_named_metadata(Ref module) {
    for (Ref one = LLVMGetFirstNamedMetadata(module); one; one = LLVMGetNextNamedMetadata(one)) {
        uint64_t length;
        const char *name = LLVMGetNamedMetadataName(one, &length);
        add_text(name, length);
        unsigned count = LLVMGetNamedMetadataNumOperands(module, name);
        Ref operands[MOST_NODES];
        add(count);
        if (count > MOST_NODES) {
            covered = 0;
            return;
        }
        LLVMGetNamedMetadataOperands(module, name, operands);
        for (unsigned at = 0; at < count && covered; ++at)
            add_metadata(LLVMValueAsMetadata(operands[at]), 0);
    }
}

/* Writes the identity of `module`; returns whether it has one. */
int passlake_identity(Ref module, uint64_t identity[2]) {
    ++run;
    numbers = 0;
    low = high = UINT64_C(0x243F6A8885A308D3);
    covered = !LLVMGetFirstGlobalAlias(module) && !LLVMGetFirstGlobalIFunc(module);
    context = LLVMGetModuleContext(module);
    for (Ref one = LLVMGetFirstGlobal(module); one; one = LLVMGetNextGlobal(one)) numbered(one);
    for (Ref one = LLVMGetFirstFunction(module); one; one = LLVMGetNextFunction(one)) numbered(one);
    for (Ref one = LLVMGetFirstGlobal(module); one && covered; one = LLVMGetNextGlobal(one))
        add_variable(one);
    for (Ref one = LLVMGetFirstFunction(module); one && covered; one = LLVMGetNextFunction(one))
        add_function(one);
    if (covered) add_named_metadata(module);
    identity[0] = low;
    identity[1] = high;
    return covered;
}
