using System.Buffers.Binary;
using System.Text;

namespace PqdPortal.Analysis.Tests.Readers;

/// <summary>Small files of spectrometers, written from the public layouts without any of the readers' code.</summary>
static class SpectrumFile
{
    /// <summary>Princeton SPE 2.x.</summary>
    /// <param name="values">Shape (frames x rows x columns), two-byte unsigned.</param>
    /// <param name="calibration">Coefficients of the wavelength, lowest power first; none leaves pixels.</param>
    /// <param name="region">Start and grouping of the columns, counted from 1.</param>
    public static byte[] Spe2(ushort[] values, int columns, int rows, int frames, double[]? calibration = null, (int Start, int Group)? region = null, short type = 3)
    {
        var file = new byte[4100 + 2 * values.Length];
        U2(file, 42, columns);
        U2(file, 108, type);
        U2(file, 656, rows);
        I4(file, 1446, frames);
        Encoding.Latin1.GetBytes("01März2020").CopyTo(file, 20);
        I4(file, 2996, 0x01234567);
        if (region is { } roi)
        {
            U2(file, 1510, 1);
            U2(file, 1512, roi.Start);
            U2(file, 1514, roi.Start + roi.Group * columns - 1);
            U2(file, 1516, roi.Group);
        }
        if (calibration is not null)
        {
            file[3098] = 1;
            file[3101] = (byte)(calibration.Length - 1);
            for (var k = 0; k < calibration.Length; k++) BinaryPrimitives.WriteDoubleLittleEndian(file.AsSpan(3263 + 8 * k), calibration[k]);
        }
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(4100 + 2 * i), values[i]);
        return file;
    }

    /// <summary>Princeton SPE 3.0: old header with the footer's place, data, footer.</summary>
    public static byte[] Spe3(byte[] data, string xml)
    {
        var head = new byte[4100];
        U2(head, 108, 3);
        I4(head, 2996, 0x01234567);
        BinaryPrimitives.WriteSingleLittleEndian(head.AsSpan(1992), 3);
        BinaryPrimitives.WriteUInt64LittleEndian(head.AsSpan(678), (ulong)(4100 + data.Length));
        return [.. head, .. data, .. Encoding.UTF8.GetBytes(xml)];
    }

    /// <summary>Andor SIF with two labels, one part and one time a frame.</summary>
    public static byte[] Sif(float[] pixels, int columns, int frames, string calibration = "400 0.5 0 0", string version = "65567", int? declared = null, string flag = "0\n", string label = "Wavelength", int rows = 1)
    {
        var skipped = string.Concat(Enumerable.Repeat("0\n", version switch { "65558" => 5, "65559" => 9, "65565" => 15, "65567" => 18, _ => 2 }));
        var older = version != "65567";
        var text = $"Andor Technology Multi-Channel File\n65538 1\n{version} 0 0 1 1500000000 -60 \0 \0 \0 \x01 \0 0 0.1 0.1 0.1 1 \0 0\nDU420\n {columns} 255 5\na.sif \n65538 4\nnote\n65538 \x01 0 0\n{skipped}"
            + (older ? "65539 \x01 \0\n" : "65540 \x02 \0\n") + $"{calibration}\n0 1 0 0\n0 1 0 0\n{(older ? "422\n13\n13" : "433\n26\n26\n1")}\n"
            + $"{label.Length}\n{label}6\nCounts12\nPixel number65541 1 255 {columns} 1 {declared ?? frames} 1 {columns * rows} {columns * rows}\n65538 1 {rows} {columns} 1 1 1 0\n"
            + string.Concat(Enumerable.Range(0, declared ?? frames).Select(f => $"         {f * 100_000}\n")) + flag;
        var data = new byte[4 * pixels.Length];
        for (var i = 0; i < pixels.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(4 * i), pixels[i]);
        return [.. Encoding.Latin1.GetBytes(text), .. data];
    }

    public static byte[] Wdf(int points, int spectra, params (string Id, byte[] Content)[] blocks)
    {
        var head = new byte[512];
        "WDF1"u8.CopyTo(head);
        I4(head, 8, 512);
        I4(head, 60, points);
        I4(head, 64, spectra);
        I4(head, 72, spectra);
        var file = new MemoryStream();
        file.Write(head);
        foreach (var (id, content) in blocks)
        {
            var start = new byte[16];
            Encoding.ASCII.GetBytes(id).CopyTo(start, 0);
            I4(start, 8, 16 + content.Length);
            file.Write(start);
            file.Write(content);
        }
        return file.ToArray();
    }

    public static byte[] Floats(params float[] values)
    {
        var bytes = new byte[4 * values.Length];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(4 * i), values[i]);
        return bytes;
    }

    public static byte[] Words(params int[] values)
    {
        var bytes = new byte[4 * values.Length];
        for (var i = 0; i < values.Length; i++) I4(bytes, 4 * i, values[i]);
        return bytes;
    }

    /// <summary>The 512 bytes before the data of a Galactic SPC.</summary>
    public static byte[] Galactic(byte flags, sbyte exponent, int points, double first, double last, int subfiles, byte xType = 3, byte zType = 0)
    {
        var head = new byte[512];
        (head[0], head[1], head[3], head[28], head[30]) = (flags, 0x4B, (byte)exponent, xType, zType);
        I4(head, 4, points);
        BinaryPrimitives.WriteDoubleLittleEndian(head.AsSpan(8), first);
        BinaryPrimitives.WriteDoubleLittleEndian(head.AsSpan(16), last);
        I4(head, 24, subfiles);
        return head;
    }

    /// <summary>The 32 bytes before each spectrum of a Galactic SPC.</summary>
    public static byte[] GalacticSub(sbyte exponent, float place, int points = 0)
    {
        var head = new byte[32];
        head[1] = (byte)exponent;
        BinaryPrimitives.WriteSingleLittleEndian(head.AsSpan(4), place);
        I4(head, 16, points);
        return head;
    }

    public static byte[] Streak(int columns, int rows, ushort[] values, string scaling, byte[] behind, int type = 2)
    {
        var comment = Encoding.Latin1.GetBytes($"[Application],Date=\"01.02.2020\",Time=\"03:04:05\"\r\n[Scaling],{scaling}");
        var head = new byte[64];
        "IM"u8.CopyTo(head);
        U2(head, 2, comment.Length);
        U2(head, 4, columns);
        U2(head, 6, rows);
        U2(head, 12, type);
        var data = new byte[2 * values.Length];
        for (var i = 0; i < values.Length; i++) BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(2 * i), values[i]);
        return [.. head, .. comment, .. data, .. behind];
    }

    static void U2(byte[] into, int at, int value) => BinaryPrimitives.WriteUInt16LittleEndian(into.AsSpan(at), (ushort)value);

    static void I4(byte[] into, int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(into.AsSpan(at), value);
}
