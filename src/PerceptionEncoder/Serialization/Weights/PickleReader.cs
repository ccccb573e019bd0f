using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>
/// Reads the pickle of a checkpoint: containers, texts, numbers and tensors. Nothing of the file is executed: an object of any other class
/// is passed over and stays closed (<see cref="PickleOpaque"/>). Memory is bounded by a budget, so that a small file cannot ask for much.
/// </summary>
/// <remarks>Python's Lib/pickletools.py describes the opcodes.</remarks>
internal sealed class PickleReader(byte[] pickle, long budget)
{
    private const int ObjectCost = 48;
    private const int ContainerCost = 120;

    private readonly List<object?> stack = [];
    private readonly Stack<int> marks = new();
    private readonly Dictionary<long, object?> memo = [];
    private long left = budget;
    private int position;

    /// <summary>What the pickle describes.</summary>
    /// <exception cref="FormatException">It is damaged, or asks for something that is not allowed.</exception>
    public object? Read()
    {
        while (true)
        {
            var at = position;
            var opcode = Byte();
            if (opcode == '.')
            {
                return Pop();
            }

            Execute(opcode, at);
        }
    }

    private void Execute(byte opcode, int at)
    {
        switch (opcode)
        {
            case 0x80: Require(Byte() <= 5, "it is of a pickle protocol above 5"); break;               // PROTO
            case 0x95: Take(8); break;                                                                  // FRAME
            case (byte)'(': Spend(ObjectCost); marks.Push(stack.Count); break;                          // MARK
            case (byte)'0': Pop(); break;                                                               // POP
            case (byte)'1': PopToMark(); break;                                                         // POP_MARK
            case (byte)'2': Push(Peek()); break;                                                        // DUP
            case (byte)'N': Push(null); break;                                                          // NONE
            case 0x88: Push(true); break;                                                               // NEWTRUE
            case 0x89: Push(false); break;                                                              // NEWFALSE
            case (byte)'J': Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;         // BININT
            case (byte)'K': Push((long)Byte()); break;                                                  // BININT1
            case (byte)'M': Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;        // BININT2
            case 0x8a: Push(Long(Take(Byte()))); break;                                                 // LONG1
            case 0x8b: Push(Long(Take(Length32()))); break;                                             // LONG4
            case (byte)'I' or (byte)'L': Push(Integer(Line())); break;                                  // INT, LONG
            case (byte)'F': Line(); Push(0.0); break;                                                   // FLOAT: no size or offset is one
            case (byte)'S' or (byte)'V': Push(Line().Trim('\'', '"')); break;                            // STRING, UNICODE
            case (byte)'G': Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;                 // BINFLOAT
            case (byte)'X': Push(Text(Length32())); break;                                              // BINUNICODE
            case 0x8c: Push(Text(Byte())); break;                                                       // SHORT_BINUNICODE
            case 0x8d: Push(Text(Length64())); break;                                                   // BINUNICODE8
            case (byte)'U': Push(Text(Byte())); break;                                                  // SHORT_BINSTRING
            case (byte)'T': Push(Text(Length32())); break;                                              // BINSTRING
            case (byte)'C': Take(Byte()); Push(PickleOpaque.Bytes); break;                              // SHORT_BINBYTES
            case (byte)'B': Take(Length32()); Push(PickleOpaque.Bytes); break;                          // BINBYTES
            case 0x8e or 0x96: Take(Length64()); Push(PickleOpaque.Bytes); break;                       // BINBYTES8, BYTEARRAY8
            case (byte)']': Spend(ContainerCost); Push(new List<object?>()); break;                     // EMPTY_LIST
            case (byte)'}': Spend(ContainerCost); Push(new PickleDictionary()); break;                  // EMPTY_DICT
            case (byte)')': Push(Tuple([])); break;                                                     // EMPTY_TUPLE
            case 0x8f: Push(PickleOpaque.Set); break;                                                   // EMPTY_SET
            case 0x90: PopToMark(); Peek(); break;                                                      // ADDITEMS
            case 0x91: PopToMark(); Push(PickleOpaque.Set); break;                                      // FROZENSET
            case (byte)'l': Push(PopToMark().ToList()); break;                                          // LIST
            case (byte)'d': MakeDictionary(PopToMark()); break;                                         // DICT
            case (byte)'a': Append([Pop()]); break;                                                     // APPEND
            case (byte)'e': Append(PopToMark()); break;                                                 // APPENDS
            case (byte)'t': Push(Tuple(PopToMark())); break;                                            // TUPLE
            case 0x85: Push(Tuple(PopMany(1))); break;                                                  // TUPLE1
            case 0x86: Push(Tuple(PopMany(2))); break;                                                  // TUPLE2
            case 0x87: Push(Tuple(PopMany(3))); break;                                                  // TUPLE3
            case (byte)'s': SetItems(PopMany(2)); break;                                                // SETITEM
            case (byte)'u': SetItems(PopToMark()); break;                                               // SETITEMS
            case (byte)'h': Get(Byte()); break;                                                         // BINGET
            case (byte)'j': Get(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;               // LONG_BINGET
            case (byte)'q': Put(Byte()); break;                                                         // BINPUT
            case (byte)'r': Put(BinaryPrimitives.ReadUInt32LittleEndian(Take(4))); break;               // LONG_BINPUT
            case 0x94: Put(memo.Count); break;                                                          // MEMOIZE
            case (byte)'g': Get(Index(Line())); break;                                                  // GET
            case (byte)'p': Put(Index(Line())); break;                                                  // PUT
            case (byte)'c': Push(PickleGlobals.Named(Line(), Line())); break;                           // GLOBAL
            case 0x93: PushStackGlobal(); break;                                                        // STACK_GLOBAL
            case 0x82: Take(1); Push(new PickleOpaque("a registered class")); break;                    // EXT1
            case 0x83: Take(2); Push(new PickleOpaque("a registered class")); break;                    // EXT2
            case 0x84: Take(4); Push(new PickleOpaque("a registered class")); break;                    // EXT4
            case (byte)'P': Push(PickleGlobals.Storage(Line())); break;                                 // PERSID
            case (byte)'Q': Push(PickleGlobals.Storage(Pop())); break;                                  // BINPERSID
            case (byte)'R' or 0x81: Call(PopMany(2)); break;                                            // REDUCE, NEWOBJ
            // NEWOBJ_EX, named arguments left out
            case 0x92: Call(PopMany(3)[..2]); break;
            case (byte)'i': Call([PickleGlobals.Named(Line(), Line()), Tuple(PopToMark())]); break;     // INST
            case (byte)'o': Make(PopToMark()); break;                                                   // OBJ
            // BUILD: attributes such as _metadata
            case (byte)'b': Pop(); Peek(); break;
            default: throw new FormatException($"its pickle has the opcode 0x{opcode:x2} at byte {at}, which no checkpoint needs");
        }
    }

    private void PushStackGlobal()
    {
        var parts = PopMany(2);
        Push(
            parts is [string module, string name]
                ? PickleGlobals.Named(module, name)
                : throw new FormatException("its pickle is damaged: a name is no text"));
    }

    /// <param name="parts">What is called, and a tuple of arguments.</param>
    private void Call(object?[] parts)
    {
        var arguments = (parts[1] as PickleTuple ?? throw new FormatException("its pickle is damaged: a call has no arguments")).Items;
        Spend(ContainerCost);
        Push(parts[0] switch
        {
            PickleGlobal global => PickleGlobals.Call(global, arguments),
            PickleOpaque closed => closed,
            _ => throw new FormatException("its pickle is damaged: it calls what cannot be called"),
        });
    }

    private void Make(object?[] parts)
    {
        Require(parts.Length > 0, "its pickle is damaged: an object has no class");
        Call([parts[0], Tuple(parts[1..])]);
    }

    private void MakeDictionary(object?[] items)
    {
        Spend(ContainerCost);
        Push(new PickleDictionary());
        SetItems(items);
    }

    /// <summary>What is added to an object that stays closed is passed over.</summary>
    private void Append(object?[] items)
    {
        if (Peek() is PickleOpaque)
        {
            return;
        }

        var list = Peek() as List<object?> ?? throw new FormatException("its pickle is damaged: it appends to what is no list");
        Spend(items.Length * 16L);
        list.AddRange(items);
    }

    /// <summary>As <see cref="Append"/>.</summary>
    private void SetItems(object?[] items)
    {
        if (Peek() is PickleOpaque)
        {
            return;
        }

        var dictionary = Peek() as PickleDictionary
            ?? throw new FormatException("its pickle is damaged: it sets items of what is no dictionary");
        Require(items.Length % 2 == 0, "its pickle is damaged: a key has no value");
        Spend(items.Length * 32L);
        for (var i = 0; i < items.Length; i += 2)
        {
            dictionary.Items.Add(KeyValuePair.Create(items[i], items[i + 1]));
        }
    }

    private PickleTuple Tuple(object?[] items)
    {
        Spend(ObjectCost);
        return new PickleTuple(items);
    }

    private void Get(long index)
        => Push(
            memo.TryGetValue(index, out var value)
                ? value
                : throw new FormatException("its pickle is damaged: it refers to what is not there"));

    private void Put(long index)
    {
        Spend(ObjectCost);
        memo[index] = Peek();
    }

    private void Push(object? value)
    {
        Spend(ObjectCost);
        stack.Add(value);
    }

    private object? Peek() => stack.Count > Floor() ? stack[^1] : throw Empty();

    private object? Pop()
    {
        var value = Peek();
        stack.RemoveAt(stack.Count - 1);
        return value;
    }

    private object?[] PopMany(int count) => stack.Count - Floor() >= count ? PopFrom(stack.Count - count) : throw Empty();

    private object?[] PopToMark() => marks.TryPop(out var mark) ? PopFrom(mark) : throw Empty();

    private object?[] PopFrom(int start)
    {
        Spend(32 + ((stack.Count - start) * 8L));
        var items = stack.GetRange(start, stack.Count - start).ToArray();
        stack.RemoveRange(start, items.Length);
        return items;
    }

    private int Floor() => marks.TryPeek(out var mark) ? mark : 0;

    private byte Byte() => Take(1)[0];

    private ReadOnlySpan<byte> Take(long count)
    {
        Require(count >= 0 && count <= pickle.Length - position, "its pickle is cut short");
        var taken = pickle.AsSpan(position, (int)count);
        position += (int)count;
        return taken;
    }

    private long Length32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    private long Length64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    private string Text(long length)
    {
        var bytes = Take(length);
        Spend(2 * length);
        return Encoding.UTF8.GetString(bytes);
    }

    private string Line()
    {
        var end = pickle.AsSpan(position).IndexOf((byte)'\n');
        Require(end >= 0, "its pickle is cut short");
        var line = Text(end);
        position++;
        return line;
    }

    private static object Long(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 8)
        {
            return PickleOpaque.LargeNumber;        // no size or offset is that large
        }

        long value = bytes.Length > 0 && (bytes[^1] & 0x80) != 0 ? -1 : 0;
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }

        return value;
    }

    private static object Integer(string line) => line switch
    {
        "00" => false,
        "01" => true,
        _ when long.TryParse(line.TrimEnd('L'), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) => value,
        _ => PickleOpaque.LargeNumber,
    };

    private static long Index(string line) => Integer(line) as long? ?? -1;

    private void Spend(long bytes)
    {
        left -= bytes;
        Require(left >= 0, "its pickle describes more than the file can hold");
    }

    private static FormatException Empty() => new("its pickle is damaged: its stack is empty");

    private static void Require(bool holds, string problem)
    {
        if (!holds)
        {
            throw new FormatException(problem);
        }
    }
}
