using System.Globalization;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>Andor SIF, as Solis writes it: lines of text mixed with counted texts, then the pixels as 4-byte floats.</summary>
/// <remarks>
/// See docs/formats/sif.md. The version decides how many lines stand before the calibration, so a version that is not known
/// is refused by its number. Tried with files of version 65567: a full vertical binning, one with a background beside the
/// signal, and a step-and-glue spectrum longer than the detector. Only the signal is read.
/// </remarks>
static class AndorSif
{
    const string Name = "Andor SIF";
    const int MostFrames = 1_000_000;

    public static bool Recognise(ReadOnlySpan<byte> start) => start.StartsWith("Andor Technology Multi-Channel File"u8);

    /// <summary>Lines between that of the shutter and that of the calibration; null for a version that is not known.</summary>
    static int? LinesBeforeCalibration(long version) => version switch
    {
        >= 65548 and <= 65557 => 2,
        65558 => 5,
        65559 => 9,
        65565 => 15,
        65566 or 65567 => 18,
        _ => null,
    };

    /// <exception cref="MeasurementFormatException">The version is not known, the text is not laid out as it should be, or no whole frame is there.</exception>
    public static Measurement Open(ByteSource source)
    {
        var findings = new FindingList();
        var header = new JsonObject();
        var text = new Lines(source, header);

        header["identification"] = text.Next("identification");
        if (text.Next("image list").Split(' ') is not ["65538", "1"])
            throw text.Refused("The second line should be \"65538 1\"; the file names no signal. Save it again with Solis");
        var settings = text.Words();
        var version = Whole(settings, 0);
        header["version"] = version;
        header["settings"] = settings;
        if (LinesBeforeCalibration(version) is not { } skipped)
            throw text.Refused($"The file is of version {version}; 65548 to 65559 and 65565 to 65567 are read, and the lines of other versions are not known. Export it from Solis as ASCII (.asc)");

        var words = settings.Split(' ');
        DateTime? date = Whole(settings, 4) is > 0 and < 4_102_444_800 and var unix ? DateTime.UnixEpoch.AddSeconds(unix) : null;
        if (Real(words, 5) is { } celsius) header["temperature_c"] = celsius;
        if (Real(words, 12) is { } exposure) header["exposure_s"] = exposure;
        if (Real(words, 15) is { } accumulations) header["accumulations"] = accumulations;

        header["detector"] = text.Next("detector").Trim();
        var sizes = Wholes(text.Next("size of the detector"));
        if (sizes is not [var detectorColumns, var detectorRows, var nameLength])
            throw text.Refused("The line behind the detector's name should hold its two sizes and the length of the file's name. Copy the file again");
        header["detector_size"] = new JsonArray(detectorColumns, detectorRows);
        header["original_file"] = text.Counted(nameLength).Trim();
        text.Next("end of the file's name");
        var note = Wholes(text.Next("length of the user's text"));
        if (note is not [_, var noteLength]) throw text.Refused("The length of the user's text is missing. Copy the file again");
        text.Skip(noteLength);
        text.Next("end of the user's text");
        header["shutter"] = text.Next("shutter").Trim();

        var spectrograph = new JsonArray();
        for (var i = 0; i < skipped; i++) spectrograph.Add(text.Next("spectrograph").Trim());
        header["spectrograph"] = spectrograph;
        var calibrationVersion = Whole(text.Next("version of the calibration"), 0);
        if (calibrationVersion is not (65539 or 65540))
            throw text.Refused($"The calibration should be of version 65539 or 65540, the line says {calibrationVersion}. Export the file from Solis as ASCII (.asc)");
        var calibrationAt = text.At;
        var calibration = text.Next("calibration").Trim();
        header["calibration"] = calibration;
        // The line that some programs take for the laser of a Raman shift is a field of another meaning (422, 433).
        var further = new JsonArray();
        for (var i = 0; i < (calibrationVersion == 65540 ? 6 : 5); i++) further.Add(text.Next("calibration").Trim());
        header["after_calibration"] = further;

        var label = text.CountedLine("name of the x axis");
        var yLabel = text.CountedLine("name of the y axis");
        header["x_label"] = label;
        header["y_label"] = yLabel;
        header["image_label"] = text.CountedLine("name of the image axis");

        var geometryAt = text.At;
        var geometry = Wholes(text.Next("size of the image"));
        if (geometry is not [_, var left, var top, var right, var bottom, var told, var parts, var total, var length])
            throw text.Refused("The line with the size of the image should hold nine numbers. Copy the file again");
        header["image"] = new JsonObject { ["left"] = left, ["top"] = top, ["right"] = right, ["bottom"] = bottom, ["frames"] = told, ["subimages"] = parts, ["total_length"] = total, ["image_length"] = length };
        if (told is < 1 or > MostFrames || parts < 1 || length < 1 || total < 1 || parts > source.Length / 8 || total > source.Length / 4 || length > total)
            throw text.Refused($"The file declares {told:N0} frames of {total:N0} points in {parts:N0} parts, which cannot be. Copy it again from the instrument");

        // Only the sizes of the parts matter here; several parts are tracks of one readout.
        var tracks = new List<(int Columns, int Rows, long From, long Binning)>();
        var listed = new JsonArray();
        for (var i = 0; i < parts; i++)
        {
            var line = text.Next("part of the image");
            listed.Add(line.Trim());
            if (Wholes(line) is not [_, var x0, var y1, var x1, var y0, var yBin, var xBin, ..] || xBin < 1 || yBin < 1 || x1 < x0 || y1 < y0)
                throw text.Refused($"The line of part {i} of the image should hold its corners and binning. Copy the file again");
            tracks.Add(((int)Math.Min(total, (x1 - x0 + 1) / xBin), (int)Math.Min(total, (y1 - y0 + 1) / yBin), x0, xBin));
        }
        header["parts"] = listed;
        if (tracks.Sum(t => (long)t.Columns * t.Rows) != total || tracks.Any(t => t.Columns != tracks[0].Columns))
            throw text.Refused($"The parts of the image make {tracks.Sum(t => (long)t.Columns * t.Rows):N0} points a frame, the file declares {total:N0}. Export it from Solis as ASCII (.asc)");

        var times = new List<double>();
        for (var i = 0; i < told; i++)
            times.Add(double.TryParse(text.Next("times of the frames").Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var time) ? time : double.NaN);
        SkipFlag(text, (int)told);

        var dataAt = text.At;
        var stride = total * 4;
        var available = (source.Length - dataAt) / stride;
        if (available == 0)
            throw text.Refused($"Truncated file: one frame takes {stride:N0} bytes, {source.Length - dataAt:N0} are there. Copy the file again from the instrument");
        var frames = (int)Math.Min(told, available);
        if (frames < told)
            findings.Add(Severity.Warning, "FRAMES_MISSING", $"The header declares {told:N0} frames, {available:N0} are there and were read.", geometryAt);
        NoteOthers(source, dataAt + frames * stride, frames == told, findings);

        int columns = tracks[0].Columns, rows = tracks.Sum(t => t.Rows);
        var (axis, x) = AxisOf(calibration, label, columns, tracks[0].From, tracks[0].Binning, calibrationAt, findings);
        if (rows > 1 && axis == SpectrumAxis.Pixel || (long)frames * total > SpectrumRules.MostPoints)
            return new ImageSet
            {
                Format = Name, Header = header, MeasuredAt = date, Findings = findings.ToList(),
                Images = [new RawImage(source, RawType.F4, bigEndian: false, frame => dataAt + frame * stride) { Rows = rows, Columns = columns, Frames = frames, ValueType = "f4", BottomUp = true }],
            };

        SpectrumRules.Check(Name, axis, x, calibrationAt, header, findings);
        // Times are microseconds from the first frame; a series over rows has none.
        var along = frames > 1 && rows == 1 && times.Take(frames).All(double.IsFinite) && times.Take(frames).Distinct().Count() == frames;
        var spectra = new List<Spectrum>();
        for (var frame = 0; frame < frames; frame++)
            for (var row = 0; row < rows; row++)
            {
                var at = dataAt + frame * stride + (long)row * columns * 4;
                var y = new double[columns];
                RawValues.Read(Bytes.Read(source, Name, "frame", at, columns * 4L).Span(at, columns * 4), RawType.F4, false, y);
                spectra.Add(new(x, y) { At = along ? times[frame] / 1e6 : null });
            }
        return new SpectrumSet
        {
            Format = Name, Header = header, MeasuredAt = date, Findings = findings.ToList(),
            Axis = axis, Spectra = spectra, YUnit = yLabel.Length > 0 ? yLabel : null, Along = along ? new("time", "s") : null,
        };
    }

    /// <summary>Later versions put a flag before the pixels: 0, or 1 and then one more number a frame.</summary>
    static void SkipFlag(Lines text, int frames)
    {
        if (text.PeekShort() is not { } flag || flag is not ("0" or "1")) return;
        text.Next("flag");
        if (flag == "1")
            for (var i = 0; i < frames; i++) text.Next("second times of the frames");
    }

    /// <summary>Behind the signal a line for each of reference, background, live and source says whether it follows.</summary>
    static void NoteOthers(ByteSource source, long at, bool whole, FindingList findings)
    {
        if (!whole) return;
        var behind = new byte[4];
        var got = source.Read(behind, at);
        for (var i = 0; i + 1 < got && behind[i] is (byte)'0' or (byte)'1' && behind[i + 1] == (byte)'\n'; i += 2)
            if (behind[i] == (byte)'1')
            {
                findings.Add(Severity.Info, "SIGNAL_ONLY",
                    $"Behind the signal the file holds its {(i == 0 ? "reference" : "background")}; only the signal was read, as it stands.", at + i);
                return;
            }
    }

    /// <summary>Four coefficients of the pixel, counted from 1 on the detector.</summary>
    static (SpectrumAxis, double[]) AxisOf(string calibration, string label, int columns, long from, long binning, long at, FindingList findings)
    {
        double[] coefficients = [.. calibration.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(c => double.TryParse(c, NumberStyles.Float, CultureInfo.InvariantCulture, out var v) ? v : double.NaN)];
        var pixels = coefficients is [0, 1, 0, 0];
        if (label.Contains("pixel", StringComparison.OrdinalIgnoreCase) || pixels) return (SpectrumAxis.Pixel, SpectrumRules.Pixels(columns));
        if (coefficients.Length != 4 || !coefficients.All(double.IsFinite) || coefficients.AsSpan(1).IndexOfAnyExcept(0.0) < 0)
        {
            findings.Add(Severity.Warning, "AXIS_UNKNOWN", $"The calibration (\"{calibration}\") is none of four coefficients; the points are numbered by pixel.", at);
            return (SpectrumAxis.Pixel, SpectrumRules.Pixels(columns));
        }
        var x = new double[columns];
        for (var i = 0; i < columns; i++) x[i] = SpectrumRules.Polynomial(coefficients, from + i * (double)binning + (binning - 1) / 2.0);
        var axis = label switch
        {
            _ when label.Contains("Raman", StringComparison.OrdinalIgnoreCase) => new SpectrumAxis("raman_shift", "1/cm"),
            _ when label.Contains("Wavenumber", StringComparison.OrdinalIgnoreCase) => new("wavenumber", "1/cm"),
            _ when label.Contains("eV", StringComparison.Ordinal) || label.Contains("Energy", StringComparison.OrdinalIgnoreCase) => new("energy", "eV"),
            _ => SpectrumAxis.Wavelength,
        };
        return (axis, x);
    }

    static long Whole(string line, int word) =>
        line.Split(' ') is var words && words.Length > word && long.TryParse(words[word], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : -1;

    static double? Real(string[] words, int word) =>
        words.Length > word && double.TryParse(words[word], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : null;

    /// <summary>The whole numbers of a line; null where something else stands among them.</summary>
    static long[]? Wholes(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var values = new long[words.Length];
        for (var i = 0; i < words.Length; i++)
            if (!long.TryParse(words[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out values[i]) || Math.Abs(values[i]) > int.MaxValue) return null;
        return values;
    }

    /// <summary>The text part of the file, from its beginning on.</summary>
    sealed class Lines(ByteSource source, JsonObject header)
    {
        /// <summary>No line of the format is longer [bytes].</summary>
        const int Longest = 4096;

        readonly byte[] _buffer = new byte[Longest];

        /// <summary>Byte of the file at which the next line stands.</summary>
        public long At { get; private set; }

        public string Next(string what) => HeaderTextOf(Take(what));

        /// <summary>A line in which single bytes, NUL among them, stand between the blanks; each becomes a word of its own.</summary>
        public string Words()
        {
            var line = Take("settings").ToArray();
            return string.Concat(line.Select(b => b < 32 ? b.ToString(CultureInfo.InvariantCulture) : ((char)b).ToString()));
        }

        public void Skip(long length)
        {
            if (length < 0 || length > source.Length - At) throw Refused($"A text of {length:N0} bytes is declared, and {source.Length - At:N0} are left. Copy the file again from the instrument");
            At += length;
        }

        public string Counted(long length)
        {
            if (length is < 0 or > Longest) throw Refused($"A text of {length:N0} bytes is declared where at most {Longest:N0} can be. Copy the file again from the instrument");
            var bytes = Bytes.Read(source, Name, "text", At, length);
            At += length;
            return HeaderText.Narrow(bytes.Span(At - length, (int)length));
        }

        /// <summary>A line with a length, then a text of that length that ends without a line end.</summary>
        public string CountedLine(string what)
        {
            var at = At;
            if (Wholes(Next(what)) is not [var length])
            {
                At = at;
                throw Refused($"The length of the {what} should stand here. Export the file from Solis as ASCII (.asc)");
            }
            return Counted(length);
        }

        /// <summary>The next line where it is of one character; stays where it is.</summary>
        public string? PeekShort()
        {
            var bytes = new byte[2];
            return source.Read(bytes, At) == 2 && bytes[1] == (byte)'\n' ? ((char)bytes[0]).ToString() : null;
        }

        public MeasurementFormatException Refused(string why) => new($"{why}.", At) { Format = Name, Header = header };

        static string HeaderTextOf(ReadOnlySpan<byte> line) =>
            string.Concat(HeaderText.Narrow(line.ToArray().Select(b => b is 0 ? (byte)' ' : b).ToArray()));

        ReadOnlySpan<byte> Take(string what)
        {
            var got = source.Read(_buffer, At);
            var end = _buffer.AsSpan(0, got).IndexOf((byte)'\n');
            if (end < 0)
                throw Refused(got < Longest
                    ? $"Truncated header: the file ends at byte {source.Length:N0}, before its {what}. Copy it again from the instrument"
                    : $"The line of the {what} has no end within {Longest:N0} bytes. Copy the file again from the instrument");
            At += end + 1;
            return _buffer.AsSpan(0, end).TrimEnd((byte)'\r');
        }
    }
}
