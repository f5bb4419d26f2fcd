using System.Buffers.Binary;
using System.Text;

namespace PqdPortal.Load;

/// <summary>As much of MessagePack as a browser and a Blazor server say to each other. https://github.com/msgpack/msgpack/blob/master/spec.md</summary>
static class MessagePack
{
    /// <summary>One message with its length before it, as the hub protocol frames it.</summary>
    public static byte[] Framed(params object?[] parts)
    {
        var body = new List<byte>();
        Write(body, parts);
        var length = new List<byte>();
        for (var left = (uint)body.Count; ;)
        {
            var seven = (byte)(left & 0x7f);
            left >>= 7;
            if (left == 0)
            {
                length.Add(seven);
                return [.. length, .. body];
            }
            length.Add((byte)(seven | 0x80));
        }
    }

    static void Write(List<byte> to, object? value)
    {
        Span<byte> number = stackalloc byte[8];
        switch (value)
        {
            case null:
                to.Add(0xc0);
                break;
            case bool yes:
                to.Add((byte)(yes ? 0xc3 : 0xc2));
                break;
            case int or long:
                to.Add(0xd3);
                BinaryPrimitives.WriteInt64BigEndian(number, Convert.ToInt64(value));
                to.AddRange(number);
                break;
            case string text:
                var bytes = Encoding.UTF8.GetBytes(text);
                to.Add(0xdb);
                BinaryPrimitives.WriteInt32BigEndian(number, bytes.Length);
                to.AddRange(number[..4]);
                to.AddRange(bytes);
                break;
            case Dictionary<string, string>:
                to.Add(0x80); // no headers
                break;
            case object?[] list:
                to.Add(0xdc);
                BinaryPrimitives.WriteInt16BigEndian(number, (short)list.Length);
                to.AddRange(number[..2]);
                foreach (var one in list) Write(to, one);
                break;
            default:
                throw new NotSupportedException(value.GetType().Name);
        }
    }

    /// <summary>Reads one value: null, bool, long, double, string, byte[], object?[] or a map as its values.</summary>
    public static object? Read(ReadOnlySpan<byte> from, ref int at)
    {
        var code = from[at++];
        switch (code)
        {
            case < 0x80: return (long)code;
            case < 0x90: return Map(from, ref at, code & 0x0f);
            case < 0xa0: return List(from, ref at, code & 0x0f);
            case < 0xc0: return Text(from, ref at, code & 0x1f);
            case 0xc0: return null;
            case 0xc2: return false;
            case 0xc3: return true;
            case 0xc4 or 0xc5 or 0xc6: return Take(from, ref at, (int)Unsigned(from, ref at, 1 << (code - 0xc4))).ToArray();
            case 0xca: return (double)BinaryPrimitives.ReadSingleBigEndian(Take(from, ref at, 4));
            case 0xcb: return BinaryPrimitives.ReadDoubleBigEndian(Take(from, ref at, 8));
            case 0xcc or 0xcd or 0xce or 0xcf: return (long)Unsigned(from, ref at, 1 << (code - 0xcc));
            case 0xd0: return (long)(sbyte)from[at++];
            case 0xd1: return (long)BinaryPrimitives.ReadInt16BigEndian(Take(from, ref at, 2));
            case 0xd2: return (long)BinaryPrimitives.ReadInt32BigEndian(Take(from, ref at, 4));
            case 0xd3: return BinaryPrimitives.ReadInt64BigEndian(Take(from, ref at, 8));
            case 0xd9 or 0xda or 0xdb: return Text(from, ref at, (int)Unsigned(from, ref at, 1 << (code - 0xd9)));
            case 0xdc or 0xdd: return List(from, ref at, (int)Unsigned(from, ref at, 2 << (code - 0xdc)));
            case 0xde or 0xdf: return Map(from, ref at, (int)Unsigned(from, ref at, 2 << (code - 0xde)));
            case >= 0xe0: return (long)(sbyte)code;
            default: throw new NotSupportedException($"MessagePack code {code:x2}");
        }
    }

    static ulong Unsigned(ReadOnlySpan<byte> from, ref int at, int bytes)
    {
        ulong value = 0;
        foreach (var one in Take(from, ref at, bytes)) value = value << 8 | one;
        return value;
    }

    static object?[] List(ReadOnlySpan<byte> from, ref int at, int count)
    {
        var list = new object?[count];
        for (var i = 0; i < count; i++) list[i] = Read(from, ref at);
        return list;
    }

    static object?[] Map(ReadOnlySpan<byte> from, ref int at, int count) => List(from, ref at, 2 * count);

    static string Text(ReadOnlySpan<byte> from, ref int at, int bytes) => Encoding.UTF8.GetString(Take(from, ref at, bytes));

    static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> from, ref int at, int bytes)
    {
        var taken = from.Slice(at, bytes);
        at += bytes;
        return taken;
    }
}
