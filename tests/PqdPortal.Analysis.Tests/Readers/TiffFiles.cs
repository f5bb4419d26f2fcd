using System.Buffers.Binary;
using System.IO.Compression;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Writes small TIFF files of every layout that is read, independent of the reader.</summary>
sealed record TiffFiles
{
    public bool BigEndian { get; init; }
    public bool Wide { get; init; }

    /// <summary>1 none, 5 LZW, 8 and 32946 deflate, 32773 PackBits.</summary>
    public int Compression { get; init; } = 1;

    public int Predictor { get; init; } = 1;

    /// <summary>Rows of a strip; 0 for one strip.</summary>
    public int StripRows { get; init; }

    /// <summary>Side of a square tile; 0 for strips.</summary>
    public int Tile { get; init; }

    public bool Planar { get; init; }

    /// <summary>One page.</summary>
    /// <param name="Pixels">Numbers, shape (rows x columns x samples).</param>
    /// <param name="Bits">Of one number.</param>
    /// <param name="Format">1 unsigned, 2 signed, 3 real.</param>
    /// <param name="More">Tags beside or instead of those that the writer makes.</param>
    public sealed record Page(int Rows, int Columns, double[] Pixels, int Bits = 16, int Format = 1, int Samples = 1, params (int Tag, int Type, object Value)[] More);

    public byte[] File(params Page[] pages) => File(pages, null);

    /// <param name="next">Where the tags of a page name the next page, by its number and the place of all pages; null for the chain as it should be.</param>
    public byte[] File(Page[] pages, Func<int, long[], long>? next)
    {
        var data = new ImageFile(BigEndian);
        var headBytes = Wide ? 16 : 8;
        var blocks = pages.Select(page => Blocks(page).Select(block =>
        {
            var at = headBytes + data.Length;
            data.Add(block);
            if (data.Length % 2 == 1) data.U1(0);
            return (At: at, block.Length);
        }).ToArray()).ToArray();

        // Places first: every directory has the same length whatever the offsets in it.
        var places = new long[pages.Length + 1];
        places[0] = headBytes + data.Length;
        for (var i = 0; i < pages.Length; i++) places[i + 1] = places[i] + Directory(pages[i], blocks[i], places[i], 0).Length;
        var file = new ImageFile(BigEndian).Text(BigEndian ? "MM" : "II");
        if (Wide) file.U2(43, 8, 0).U8(pages.Length == 0 ? 0 : places[0]);
        else file.U2(42).U4(pages.Length == 0 ? 0 : places[0]);
        file.Add(data.ToArray());
        for (var i = 0; i < pages.Length; i++)
            file.Add(Directory(pages[i], blocks[i], places[i], next?.Invoke(i, places) ?? (i + 1 < pages.Length ? places[i + 1] : 0)));
        return file.ToArray();
    }

    byte[] Directory(Page page, (long At, int Length)[] blocks, long at, long next)
    {
        var (offsets, lengths) = (Tile > 0 ? (324, 325) : (273, 279));
        var tags = new SortedDictionary<int, (int Type, object Value)>
        {
            [256] = (4, page.Columns),
            [257] = (4, page.Rows),
            [258] = (3, Enumerable.Repeat(page.Bits, page.Samples).ToArray()),
            [259] = (3, Compression),
            [262] = (3, page.Samples >= 3 ? 2 : 1),
            [offsets] = (Wide ? 16 : 4, blocks.Select(block => block.At).ToArray()),
            [277] = (3, page.Samples),
            [lengths] = (4, blocks.Select(block => (long)block.Length).ToArray()),
            [284] = (3, Planar ? 2 : 1),
            [339] = (3, Enumerable.Repeat(page.Format, page.Samples).ToArray()),
        };
        if (Predictor != 1) tags[317] = (3, Predictor);
        if (Tile > 0) (tags[322], tags[323]) = ((3, Tile), (3, Tile));
        else tags[278] = (4, StripRows == 0 ? page.Rows : StripRows);
        foreach (var (tag, type, value) in page.More)
            if (value is null) tags.Remove(tag);
            else tags[tag] = (type, value);

        var (entryBytes, inline) = Wide ? (20, 8) : (12, 4);
        var directory = new ImageFile(BigEndian);
        var values = new ImageFile();
        if (Wide) directory.U8(tags.Count);
        else directory.U2(tags.Count);
        var valuesAt = at + directory.Length + tags.Count * entryBytes + inline;
        foreach (var (tag, (type, value)) in tags)
        {
            var (bytes, count) = Encoded(type, value);
            directory.U2(tag, type);
            if (Wide) directory.U8(count);
            else directory.U4(count);
            if (bytes.Length <= inline)
                directory.Add(bytes).Add(new byte[inline - bytes.Length]);
            else
            {
                if (Wide) directory.U8(valuesAt + values.Length);
                else directory.U4(valuesAt + values.Length);
                values.Add(bytes);
            }
        }
        if (Wide) directory.U8(next);
        else directory.U4(next);
        return directory.Add(values.ToArray()).ToArray();
    }

    (byte[] Bytes, long Count) Encoded(int type, object value)
    {
        var file = new ImageFile(BigEndian);
        if (value is string text) return (file.Text(text + "\0").ToArray(), text.Length + 1);
        // Bytes as they stand, under a count of their own.
        if (value is (byte[] raw, long told)) return (raw, told);
        if (type is 5 && value is (long over, long under)) return (file.U4(over, under).ToArray(), 1);
        double[] numbers = value switch
        {
            int one => [one],
            double real => [real],
            int[] many => [.. many.Select(n => (double)n)],
            long[] many => [.. many.Select(n => (double)n)],
            _ => (double[])value,
        };
        foreach (var number in numbers)
            _ = type switch
            {
                1 or 7 => file.U1((int)number),
                3 => file.U2((int)number),
                4 => file.U4((long)number),
                12 => file.F8(number),
                16 => file.U8((long)number),
                _ => throw new ArgumentException($"type {type}"),
            };
        return (file.ToArray(), numbers.Length);
    }

    IEnumerable<byte[]> Blocks(Page page)
    {
        var samples = Planar ? 1 : page.Samples;
        for (var plane = 0; plane < (Planar ? page.Samples : 1); plane++)
        {
            var (height, width) = Tile > 0 ? (Tile, Tile) : (StripRows == 0 ? page.Rows : StripRows, page.Columns);
            for (var top = 0; top < page.Rows; top += height)
                for (var left = 0; left < page.Columns; left += width)
                {
                    var block = new MemoryStream();
                    for (var row = top; row < top + height && (Tile > 0 || row < page.Rows); row++)
                    {
                        var numbers = new double[width * samples];
                        for (var column = 0; column < width; column++)
                            for (var sample = 0; sample < samples; sample++)
                                if (row < page.Rows && left + column < page.Columns)
                                    numbers[column * samples + sample] = page.Pixels[(row * page.Columns + left + column) * page.Samples + (Planar ? plane : sample)];
                        block.Write(Row(numbers, page, samples));
                    }
                    yield return Packed(block.ToArray());
                }
        }
    }

    byte[] Row(double[] numbers, Page page, int samples)
    {
        var size = page.Bits / 8;
        if (Predictor == 3)
        {
            // Bytes of all numbers, highest first, then differences of bytes.
            var shuffled = new byte[numbers.Length * size];
            for (var i = 0; i < numbers.Length; i++)
            {
                var one = Number(numbers[i], page, bigEndian: true);
                for (var b = 0; b < size; b++) shuffled[b * numbers.Length + i] = one[b];
            }
            for (var i = shuffled.Length - 1; i >= samples; i--) shuffled[i] -= shuffled[i - samples];
            return shuffled;
        }
        if (Predictor == 2)
        {
            var most = Math.Pow(2, page.Bits);
            numbers = [.. numbers.Select((number, i) => ((number - (i < samples ? 0 : numbers[i - samples])) % most + most) % most)];
            page = page with { Format = 1 };
        }
        return [.. numbers.SelectMany(number => Number(number, page, BigEndian))];
    }

    static byte[] Number(double number, Page page, bool bigEndian)
    {
        byte[] bytes = (page.Bits, page.Format) switch
        {
            (8, 2) => [(byte)(sbyte)number],
            (8, _) => [(byte)number],
            (16, 2) => BitConverter.GetBytes((short)number),
            (16, 3) => BitConverter.GetBytes((Half)number),
            (16, _) => BitConverter.GetBytes((ushort)number),
            (32, 2) => BitConverter.GetBytes((int)number),
            (32, 3) => BitConverter.GetBytes((float)number),
            (32, _) => BitConverter.GetBytes((uint)number),
            (64, 3) => BitConverter.GetBytes(number),
            (64, 2) => BitConverter.GetBytes((long)number),
            _ => BitConverter.GetBytes((ulong)number),
        };
        if (bigEndian) Array.Reverse(bytes);
        return bytes;
    }

    byte[] Packed(byte[] bytes) => Compression switch
    {
        5 => Lzw(bytes),
        8 or 32946 => Deflate(bytes),
        32773 => PackBits(bytes),
        _ => bytes,
    };

    public static byte[] Deflate(byte[] bytes)
    {
        var packed = new MemoryStream();
        using (var deflate = new ZLibStream(packed, CompressionLevel.SmallestSize, leaveOpen: true)) deflate.Write(bytes);
        return packed.ToArray();
    }

    static byte[] PackBits(byte[] bytes)
    {
        var packed = new List<byte>();
        for (var at = 0; at < bytes.Length;)
        {
            var run = 1;
            while (at + run < bytes.Length && run < 128 && bytes[at + run] == bytes[at]) run++;
            if (run > 1)
            {
                packed.AddRange([(byte)(1 - run), bytes[at]]);
                at += run;
                continue;
            }
            var literal = 1;
            while (at + literal < bytes.Length && literal < 128 && bytes[at + literal] != bytes[at + literal - 1]) literal++;
            packed.Add((byte)(literal - 1));
            packed.AddRange(bytes.AsSpan(at, literal));
            at += literal;
            packed.Add(0x80);
        }
        return [.. packed];
    }

    /// <summary>As the specification of 1992 tells it: strings in a table, codes written when the longest known string ends.</summary>
    public static byte[] Lzw(byte[] bytes)
    {
        var packed = new List<byte>();
        var (bits, count, width) = (0u, 0, 9);
        var table = new Dictionary<string, int>();
        Clear();
        var known = "";
        foreach (var one in bytes)
        {
            var longer = known + (char)one;
            if (longer.Length == 1 || table.ContainsKey(longer))
            {
                known = longer;
                continue;
            }
            Write(CodeOf(known));
            table[longer] = 258 + table.Count;
            // One code early: the reader is one entry behind.
            width = (258 + table.Count) switch { >= 2048 => 12, >= 1024 => 11, >= 512 => 10, _ => 9 };
            if (258 + table.Count == 4094) Clear();
            known = longer[^1..];
        }
        if (known.Length > 0) Write(CodeOf(known));
        Write(257);
        if (count > 0) packed.Add((byte)(bits << 8 - count));
        return [.. packed];

        int CodeOf(string text) => text.Length == 1 ? text[0] : table[text];

        void Clear()
        {
            Write(256);
            table.Clear();
            width = 9;
        }

        void Write(int code)
        {
            bits = bits << width | (uint)code;
            for (count += width; count >= 8; count -= 8) packed.Add((byte)(bits >> count - 8));
            bits &= (1u << count) - 1;
        }
    }
}
