using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace PqdPortal.Portal.Tests;

/// <summary>Small files as instruments write them, bit by bit and without a line of the portal's own code.</summary>
public static class SmallFiles
{
    /// <summary>A decay of 4096 bins of 16 ps: a rise at 2 ns, a lifetime of 6.5 ns, and nothing behind 50 ns, where the laser comes again.</summary>
    public static uint[] Decay(double scale = 4000)
    {
        var counts = new uint[4096];
        for (var i = 0; i < 3125; i++)
        {
            var after = i * 0.016 - 2;
            counts[i] = (uint)(3 + (after < 0 ? 0 : scale * Math.Exp(-after / 6.5)));
        }
        return counts;
    }

    /// <summary>PicoQuant PHU with curves of 16 ps a bin.</summary>
    public static byte[] Phu(params IReadOnlyList<uint[]> curves)
    {
        using var file = new MemoryStream();
        file.Write("PQHISTO\0"u8);
        file.Write(Encoding.ASCII.GetBytes("1.0.00".PadRight(8, '\0')));
        Tag("HistoResult_BitsPerBin", -1, 0x10000008, 32);
        Tag("HistoResult_NumberOfCurves", -1, 0x10000008, curves.Count);
        var data = 16 + 48 * (2 + 5 * curves.Count + 1);
        foreach (var (i, counts) in curves.Index())
        {
            Tag("HistResDscr_CurveIndex", i, 0x10000008, i);
            Tag("HistResDscr_DataOffset", i, 0x10000008, data);
            Tag("HistResDscr_HistogramBins", i, 0x10000008, counts.Length);
            Tag("HistResDscr_HWInpChanIdx", i, 0x10000008, i);
            Tag("HistResDscr_MDescResolution", i, 0x20000008, BitConverter.DoubleToInt64Bits(16e-12));
            data += 4 * counts.Length;
        }
        Tag("Header_End", -1, 0xFFFF0008, 0);
        foreach (var count in curves.SelectMany(counts => counts)) file.Write(BitConverter.GetBytes(count));
        return file.ToArray();

        void Tag(string name, int index, uint type, long value)
        {
            Span<byte> tag = stackalloc byte[48];
            tag.Clear();
            Encoding.ASCII.GetBytes(name, tag);
            BinaryPrimitives.WriteInt32LittleEndian(tag[32..], index);
            BinaryPrimitives.WriteUInt32LittleEndian(tag[36..], type);
            BinaryPrimitives.WriteInt64LittleEndian(tag[40..], value);
            file.Write(tag);
        }
    }

    /// <summary>Becker &amp; Hickl SPC, standard layout, clock of 25 ns: photons 10 µs apart with micro times all over their range, on two inputs.</summary>
    public static byte[] Spc(int photons = 3000)
    {
        using var file = new MemoryStream();
        Word(0x80000000 | 250);
        long wraps = 0;
        for (var i = 0; i < photons; i++)
        {
            var time = 400L * i;
            var wrapped = time / 4096 > wraps;
            if (wrapped) wraps++;
            Word((wrapped ? 1u << 30 : 0) | (uint)(i * 37 % 4096) << 16 | (uint)(i % 2) << 12 | (uint)(time % 4096));
        }
        return file.ToArray();

        void Word(uint word) => file.Write(BitConverter.GetBytes(word));
    }

    /// <summary>An SPC file of two photons, in which time runs forwards under either layout of four bytes.</summary>
    public static byte[] UndecidedSpc() => [.. new uint[] { 0x80000000 | 250, 100u << 16 | 100, 200u << 16 | 200 }.SelectMany(BitConverter.GetBytes)];

    /// <summary>Becker &amp; Hickl SET of an SPC-150: 50 ns over a gain of 5, so that a micro time step is 50 ns / 5 / 4096.</summary>
    public static byte[] Set()
    {
        const string info = "*IDENTIFICATION\r\n  ID        : SPC Setup File\r\n*END\r\n\r\n", settings = "#SP [SP_TAC_R,F,5e-08]\r\n#SP [SP_TAC_G,I,5]\r\n";
        var file = new byte[42 + info.Length + settings.Length];
        BinaryPrimitives.WriteUInt16LittleEndian(file, 0x280);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), 42);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(6), (short)info.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(8), 42 + info.Length);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(12), (short)settings.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(32), 0x5555);
        Encoding.ASCII.GetBytes(info + settings, file.AsSpan(42));
        return file;
    }

    /// <summary>A grey TIFF of 16 bits with ImageJ's scale: 2 nm a pixel, dots 12 pixels apart.</summary>
    public static byte[] Tiff(int columns = 320, int rows = 240)
    {
        var note = Encoding.ASCII.GetBytes("ImageJ=1.53t\nunit=nm\n\0");
        const int entries = 12;
        int noteAt = 8 + 2 + 12 * entries + 4, resolutionAt = noteAt + note.Length + note.Length % 2, data = resolutionAt + 16;
        using var file = new MemoryStream();
        file.Write("II*\0"u8);
        file.Write(BitConverter.GetBytes(8));
        file.Write(BitConverter.GetBytes((short)entries));
        Entry(256, 3, 1, columns);
        Entry(257, 3, 1, rows);
        Entry(258, 3, 1, 16);
        Entry(259, 3, 1, 1);
        Entry(262, 3, 1, 1);
        Entry(270, 2, note.Length, noteAt);
        Entry(273, 4, 1, data);
        Entry(277, 3, 1, 1);
        Entry(278, 3, 1, rows);
        Entry(279, 4, 1, 2 * rows * columns);
        Entry(282, 5, 1, resolutionAt);
        Entry(283, 5, 1, resolutionAt + 8);
        file.Write(new byte[4]);
        file.Write(note);
        file.Position = resolutionAt;
        foreach (var half in (int[])[1, 2, 1, 2]) file.Write(BitConverter.GetBytes(half));
        for (var y = 0; y < rows; y++)
            for (var x = 0; x < columns; x++)
            {
                double dx = x % 24 - 12, dy = y % 24 - 12;
                file.Write(BitConverter.GetBytes((ushort)(200 + 3000 * Math.Exp(-(dx * dx + dy * dy) / 18) + (x * 7 + y * 13) % 40)));
            }
        return file.ToArray();

        void Entry(short tag, short type, int count, int value)
        {
            file.Write(BitConverter.GetBytes(tag));
            file.Write(BitConverter.GetBytes(type));
            file.Write(BitConverter.GetBytes(count));
            file.Write(BitConverter.GetBytes(value));
        }
    }

    /// <summary>One spectrum, or several beside one another, as columns of text: a band near 520 nm.</summary>
    public static byte[] Spectra(int spectra = 1)
    {
        var text = new StringBuilder("Wavelength (nm)" + string.Concat(Enumerable.Range(0, spectra).Select(i => spectra == 1 ? ",Intensity (counts)" : $",{10 + 10 * i} K")) + "\n");
        for (var nm = 480.0; nm <= 560; nm += 0.25)
        {
            text.Append(CultureInfo.InvariantCulture, $"{nm}");
            for (var i = 0; i < spectra; i++) text.Append(CultureInfo.InvariantCulture, $",{Math.Round(40 + 2000 * Math.Exp(-Math.Pow((nm - 518 - 0.4 * i) / 6, 2)))}");
            text.Append('\n');
        }
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>Time tags as a table: input and time, two inputs, 10 µs apart.</summary>
    /// <param name="head">The line that names the columns; an empty unit is asked for.</param>
    public static byte[] TagTable(string head = "channel,time_ps", int tags = 4000)
    {
        var text = new StringBuilder(head + "\n");
        for (var i = 0; i < tags; i++) text.Append(CultureInfo.InvariantCulture, $"{i % 2},{i * 10_000_000L + i * 7919 % 100_000}\n");
        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
