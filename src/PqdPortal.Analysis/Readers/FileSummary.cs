using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using PqdPortal.Analysis.Measurements;

namespace PqdPortal.Analysis.Readers;

/// <summary>What a file is and holds: the answer of <c>pqd info</c> and of the run page's format card.</summary>
/// <param name="Bytes">Length of the file.</param>
/// <param name="Sha256">Hash of its bytes, lower-case hexadecimal.</param>
/// <param name="Measurement">The opened measurement.</param>
/// <param name="Photons">What a pass over the photons found; null where the file holds none of that kind.</param>
/// <param name="ImageSums">Sum of the raw values over all frames of each image, without pixels that are no number; empty without images.</param>
/// <param name="Findings">All that was odd: in the header, in the records or pixels, and between the two.</param>
public sealed record FileSummary(
    long Bytes, string Sha256, Measurement Measurement, PhotonSummary? Photons, IReadOnlyList<double> ImageSums, IReadOnlyList<Finding> Findings)
{
    /// <summary>Opens a file, reads it once for its content and, without a known hash, once for its hash.</summary>
    /// <param name="file">Seekable.</param>
    /// <param name="choices">What a person or the files beside it add.</param>
    /// <param name="sha256">Hash of the file where it is known already.</param>
    /// <param name="progress">Hears the records read so far.</param>
    /// <exception cref="MeasurementFormatException">The format is not known, or the file is damaged beyond use.</exception>
    public static FileSummary Of(
        Stream file, ReadingChoices? choices = null, string? sha256 = null, IProgress<long>? progress = null, CancellationToken stop = default) =>
        Of(file, Formats.Open(file, choices), sha256, progress, stop);

    /// <summary>The same for a measurement that is open already.</summary>
    /// <param name="threads">Threads that may share the pass over photons.</param>
    public static FileSummary Of(
        Stream file, Measurement measurement, string? sha256 = null, IProgress<long>? progress = null, CancellationToken stop = default, int threads = 1)
    {
        var photons = measurement is PhotonStream stream ? PhotonSummary.Of(stream, progress, stop, threads) : null;
        var images = measurement is ImageSet set ? set.Images : [];
        double[] sums = [.. images.Select(image => SumOf(image, stop))];
        return new FileSummary(
            file.Length, sha256 ?? HashOf(file, stop), measurement, photons, sums,
            [.. measurement.Findings, .. photons?.Findings ?? [], .. images.SelectMany(image => image.PixelFindings)]);
    }

    /// <summary>The summary in the names and shapes of the command-line contract.</summary>
    /// <param name="file">Name of the file to show.</param>
    public JsonObject ToJson(string file)
    {
        var json = new JsonObject
        {
            ["file"] = file,
            ["bytes"] = Bytes,
            ["sha256"] = Sha256,
            ["format"] = Measurement.Format,
            ["kind"] = Measurement.Kind,
            ["measured_at"] = Measurement.MeasuredAt?.ToString("yyyy-MM-dd'T'HH:mm:ss.fff", CultureInfo.InvariantCulture),
        };
        if (Measurement is PhotonStream stream && Photons is { } photons)
            photons.WriteTo(json, stream);
        switch (Measurement)
        {
            case HistogramSet histograms:
                json["curves"] = new JsonArray([.. histograms.Curves.Select(ToJson)]);
                break;
            case SpectrumSet spectra:
                json["axis"] = new JsonObject { ["name"] = spectra.Axis.Name, ["unit"] = spectra.Axis.Unit };
                if (spectra.Along is { } along) json["along"] = new JsonObject { ["name"] = along.Name, ["unit"] = along.Unit };
                json["spectra"] = new JsonArray([.. spectra.Spectra.Select(ToJson)]);
                break;
            case ImageSet images:
                json["images"] = new JsonArray([.. images.Images.Zip(ImageSums, ToJson)]);
                break;
            case DataTable table:
                json["rows"] = table.Rows;
                json["columns"] = new JsonArray([.. table.Columns.Select(ToJson)]);
                json["first_rows"] = new JsonArray([.. Enumerable.Range(0, Math.Min(table.Rows, ShownRows)).Select(row => RowOf(table, row))]);
                break;
        }
        json["header"] = Measurement.Header.DeepClone();
        json["findings"] = new JsonArray([.. Findings.Select(ToJson)]);
        return json;
    }

    static JsonNode ToJson(HistogramCurve curve) => new JsonObject
    {
        ["name"] = curve.Name,
        ["channel"] = curve.Channel,
        ["meaning"] = curve.Meaning == HistogramMeaning.Unknown ? null : curve.Meaning.ToString().ToLowerInvariant(),
        ["bins"] = curve.Counts.Length,
        ["bin_s"] = curve.BinWidth,
        ["sum"] = curve.Sum,
        ["max"] = curve.Max,
        ["argmax"] = curve.ArgMax,
    };

    static JsonNode ToJson(Spectrum spectrum)
    {
        var json = new JsonObject { ["points"] = spectrum.X.Length };
        if (spectrum.Name is { } name) json["name"] = name;
        if (spectrum.At is { } at) json["at"] = at;
        json["first"] = Point(spectrum, 0);
        json["last"] = Point(spectrum, spectrum.X.Length - 1);
        json["sum_y"] = Finite(spectrum.Y.Sum());
        return json;
    }

    /// <summary>Rows of a table that stand in its summary.</summary>
    const int ShownRows = 10;

    static JsonNode RowOf(DataTable table, int row) => new JsonArray([.. table.Columns.Select(column =>
        column.Numbers is { } numbers && double.IsFinite(numbers[row]) ? JsonValue.Create(numbers[row])
        : column.Texts is { } texts && texts[row].Length > 0 ? JsonValue.Create(QuotedText.Showable(texts[row].Length <= 100 ? texts[row] : texts[row][..100] + "…")) : (JsonNode?)null)]);

    static JsonNode ToJson(DataColumn column)
    {
        double[] numbers = [.. (column.Numbers ?? []).Where(double.IsFinite)];
        return new JsonObject
        {
            ["name"] = column.Title,
            ["unit"] = column.Unit.Length > 0 ? column.Unit : null,
            ["holds"] = column.Numbers is null ? "texts" : "numbers",
            ["missing"] = column.Missing,
            ["smallest"] = numbers.Length > 0 ? numbers.Min() : null,
            ["largest"] = numbers.Length > 0 ? numbers.Max() : null,
        };
    }

    static JsonArray? Point(Spectrum spectrum, int i) =>
        spectrum.X.Length == 0 ? null : [Finite(spectrum.X[i]), Finite(spectrum.Y[i])];

    static JsonNode ToJson(ImageData image, double sum) => new JsonObject
    {
        ["name"] = image.Name,
        ["shape"] = new JsonArray(image.Rows, image.Columns),
        ["frames"] = image.Frames,
        ["values"] = image.ValueType,
        ["pixel_size_m"] = image.Pixel is { } pixel ? new JsonArray(pixel.Row, pixel.Column) : null,
        ["pixel_size_source"] = image.Pixel?.Source,
        ["sum"] = Finite(sum),
    };

    static JsonNode? Finite(double value) => double.IsFinite(value) ? value : null;

    static double SumOf(ImageData image, CancellationToken stop)
    {
        var sum = 0.0;
        for (var frame = 0; frame < image.Frames; frame++)
        {
            stop.ThrowIfCancellationRequested();
            foreach (var value in image.Frame(frame))
                if (!double.IsNaN(value)) sum += value;
        }
        return sum;
    }

    static JsonNode ToJson(Finding finding)
    {
        var json = new JsonObject
        {
            ["severity"] = finding.Severity.ToString().ToLowerInvariant(),
            ["code"] = finding.Code,
            ["message"] = finding.Message,
        };
        if (finding.Offset is { } offset) json["offset"] = offset;
        if (finding.Record is { } record) json["record"] = record;
        return json;
    }

    static string HashOf(Stream file, CancellationToken stop)
    {
        var source = new ByteSource(file);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var block = new byte[1 << 16];
        long offset = 0;
        for (int got; (got = source.Read(block, offset)) > 0; offset += got)
        {
            stop.ThrowIfCancellationRequested();
            hash.AppendData(block, 0, got);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>One event as the summary shows it.</summary>
/// <param name="Channel">See <see cref="Channels"/>.</param>
/// <param name="Tick">Overflow-corrected tick.</param>
/// <param name="Dtime">Raw micro time; null where the format has none.</param>
public readonly record struct PhotonEvent(short Channel, long Tick, int? Dtime);

/// <summary>What one pass over a photon stream found.</summary>
public sealed record PhotonSummary
{
    /// <summary>The integers that every reader of JSON keeps exactly.</summary>
    const long ExactInDouble = 1L << 53;

    /// <summary>Events by channel, ascending; photons by their raw channel, see <see cref="Channels"/> for the others.</summary>
    public required IReadOnlyDictionary<short, long> EventsByChannel { get; init; }

    /// <summary>Photons alone, without sync events and markers.</summary>
    public long PhotonCount => EventsByChannel.Where(c => Channels.IsPhoton(c.Key)).Sum(c => c.Value);

    public long SyncCount => EventsByChannel.GetValueOrDefault(Channels.Sync);
    public long MarkerCount => EventsByChannel.Where(c => Channels.IsMarker(c.Key)).Sum(c => c.Value);

    /// <summary>Channels that hold photons, ascending.</summary>
    public IReadOnlyList<short> PhotonChannels => [.. EventsByChannel.Keys.Where(Channels.IsPhoton)];

    /// <summary>How long was measured, and who says so.</summary>
    public required AcquisitionTime Duration { get; init; }

    /// <summary>What the decoder reported.</summary>
    public required PassReport Pass { get; init; }

    /// <summary>Last event in file order, of whatever kind [ticks]; null without events.</summary>
    public long? LastTick { get; init; }

    /// <summary>Smallest and largest tick; null without events.</summary>
    public long? FirstTick { get; init; }

    /// <inheritdoc cref="FirstTick"/>
    public long? LatestTick { get; init; }

    /// <summary>Largest raw micro time of a photon; null without micro times.</summary>
    public int? LargestDtime { get; init; }

    /// <summary>Sum of the ticks of all events modulo 2^53: one number that tells any mistake in the stream.</summary>
    public long SumTicks { get; init; }

    /// <summary>The same without markers.</summary>
    public long SumTicksWithoutMarkers { get; init; }

    /// <summary>The first and the last five photons or sync events in file order.</summary>
    public required IReadOnlyList<PhotonEvent> FirstEvents { get; init; }

    /// <inheritdoc cref="FirstEvents"/>
    public required IReadOnlyList<PhotonEvent> LastEvents { get; init; }

    /// <summary>What was odd in the records, and between records and header.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>Reads the stream once.</summary>
    /// <param name="threads">Threads that may share the pass.</param>
    public static PhotonSummary Of(PhotonStream stream, IProgress<long>? progress = null, CancellationToken stop = default, int threads = 1)
    {
        var tally = new Tally();
        var pass = stream.Read(tally, null, threads, progress, stop);
        var duration = AcquisitionTime.Of(stream, pass, tally.LatestTick);
        var summary = new PhotonSummary
        {
            EventsByChannel = tally.EventsByChannel(),
            Duration = duration,
            Pass = pass,
            LastTick = tally.LastTick,
            FirstTick = tally.FirstTick,
            LatestTick = tally.LatestTick,
            LargestDtime = stream.HasDtime ? tally.LargestDtime : null,
            SumTicks = Sum(tally.Sum, tally.Count, stream.Origin),
            SumTicksWithoutMarkers = Sum(tally.Sum - tally.MarkerSum, tally.Count - tally.Markers, stream.Origin),
            FirstEvents = tally.FirstEvents,
            LastEvents = [.. tally.LastEvents],
            Findings = [.. pass.Findings, .. duration.Findings],
        };
        return summary with { Findings = [.. summary.Findings, .. summary.AboutPhotons(stream)] };
    }

    IEnumerable<Finding> AboutPhotons(PhotonStream stream)
    {
        if (PhotonCount == 0)
            yield return new(Severity.Warning, "NO_PHOTONS", "The file holds no photon; no analysis can run on it.");
        else if (PhotonChannels is [var only])
            yield return new(Severity.Info, "ONE_CHANNEL",
                $"Only channel {only} holds photons. g2 needs two detectors and cannot be taken from this file.");

        // The header's rates are one glance at a meter, so only a gross difference is worth a word.
        if (PhotonCount > 0 && stream.HeaderRate is { } told && Duration.Seconds is { } seconds and > 0
            && PhotonCount / seconds / told is var ratio and (< 1.0 / 3 or > 3))
            yield return new(Severity.Info, "COUNT_RATE_MISMATCH", string.Create(CultureInfo.InvariantCulture,
                $"The photons make {PhotonCount / seconds:0} s⁻¹ over the whole measurement, the header shows {told:0} s⁻¹, {(ratio < 1 ? 1 / ratio : ratio):G3} times {(ratio < 1 ? "more" : "less")}. Its rates are a snapshot."));
    }

    /// <summary>
    /// What is subtracted from every tick that is shown, so that it fits into 2^53: 0 wherever they fit as they are.
    /// </summary>
    public long TickOffset => LatestTick >= ExactInDouble ? FirstTick ?? 0 : 0;

    static long Sum(ulong ticks, long events, long origin) => (long)(unchecked(ticks + (ulong)events * (ulong)origin) % ExactInDouble);

    internal void WriteTo(JsonObject json, PhotonStream stream)
    {
        json["record_type"] = stream.RecordType;
        json["mode"] = stream.Mode;
        json["time_unit_s"] = stream.Tick;
        json["sync_period_s"] = stream.SyncPeriod;
        json["dtime_unit_s"] = stream.ChannelWidth;
        json["duration_s"] = Duration.Seconds;
        json["duration_source"] = Duration.Source;
        json["records"] = new JsonObject
        {
            ["declared"] = stream.DeclaresRecords ? stream.DeclaredRecords : null,
            ["available"] = stream.AvailableRecords,
            ["read"] = Pass.RecordsRead,
            ["trailing_bytes"] = stream.TrailingBytes,
        };
        var events = new JsonObject();
        foreach (var (channel, count) in EventsByChannel) events[channel.ToString(CultureInfo.InvariantCulture)] = count;
        json["events_by_channel"] = events;
        json["photons"] = PhotonCount;
        json["overflow_records"] = Pass.OverflowRecords;
        json["overflow_wraps"] = Pass.OverflowWraps;
        json["undefined_records"] = Pass.UndefinedRecords;
        json["backward_steps"] = Pass.BackwardSteps;
        json["last_tick"] = LastTick - TickOffset;
        json["tick_offset"] = (stream.Origin + TickOffset).ToString(CultureInfo.InvariantCulture);
        json["sum_ticks_mod_2p53"] = SumTicks;
        json["sum_ticks_without_markers_mod_2p53"] = SumTicksWithoutMarkers;
        json["first_events"] = Rows(FirstEvents);
        json["last_events"] = Rows(LastEvents);
    }

    JsonArray Rows(IReadOnlyList<PhotonEvent> events) =>
        [.. events.Select(e => (JsonNode)new JsonArray(e.Channel, e.Tick - TickOffset, e.Dtime))];

    /// <summary>Counts as the photons pass by.</summary>
    sealed class Tally : IPartedConsumer
    {
        const int Shown = 5;

        readonly long[] _events = new long[short.MaxValue + 2];

        public ulong Sum { get; private set; }
        public ulong MarkerSum { get; private set; }
        public long Count => _events.Sum();
        public long Markers => _events.AsSpan(Channels.MarkerBase + 1).ToArray().Sum();
        public long? LastTick { get; private set; }
        public long? FirstTick { get; private set; }
        public long? LatestTick { get; private set; }
        public int? LargestDtime { get; private set; }
        public List<PhotonEvent> FirstEvents { get; } = [];
        public Queue<PhotonEvent> LastEvents { get; } = [];

        public IReadOnlyDictionary<short, long> EventsByChannel()
        {
            var counted = new SortedDictionary<short, long>();
            for (var i = 0; i < _events.Length; i++)
                if (_events[i] > 0) counted.Add((short)(i - 1), _events[i]);
            return counted;
        }

        public void Add(in PhotonBatch batch)
        {
            var time = batch.Time;
            var channel = batch.Channel;
            var (sum, smallest, largest) = TickSums.Of(time);
            Sum += sum;
            FirstTick = Math.Min(FirstTick ?? long.MaxValue, smallest);
            LatestTick = Math.Max(LatestTick ?? long.MinValue, largest);
            LastTick = time[^1];

            var markers = MarkerSum;
            for (var i = 0; i < channel.Length; i++)
            {
                _events[channel[i] + 1]++;
                if (Channels.IsMarker(channel[i])) markers += (ulong)time[i];
            }
            MarkerSum = markers;

            foreach (var d in batch.Dtime)
                if (!(LargestDtime >= d)) LargestDtime = d;

            for (var i = 0; i < time.Length && FirstEvents.Count < Shown; i++)
                if (!Channels.IsMarker(channel[i])) FirstEvents.Add(Event(batch, i));

            var from = time.Length;
            for (var found = 0; from > 0 && found < Shown; from--)
                if (!Channels.IsMarker(channel[from - 1])) found++;
            for (var i = from; i < time.Length; i++)
                if (!Channels.IsMarker(channel[i])) Last(Event(batch, i));
        }

        void Last(PhotonEvent one)
        {
            if (LastEvents.Count == Shown) LastEvents.Dequeue();
            LastEvents.Enqueue(one);
        }

        static PhotonEvent Event(in PhotonBatch batch, int i) =>
            new(batch.Channel[i], batch.Time[i], batch.Dtime.IsEmpty ? null : batch.Dtime[i]);

        public IPartedConsumer Fork() => new Tally();

        public bool CanShift => true;

        public void Shift(long ticks)
        {
            Sum += (ulong)Count * (ulong)ticks;
            MarkerSum += (ulong)Markers * (ulong)ticks;
            (FirstTick, LatestTick, LastTick) = (FirstTick + ticks, LatestTick + ticks, LastTick + ticks);
            for (var i = 0; i < FirstEvents.Count; i++) FirstEvents[i] = FirstEvents[i] with { Tick = FirstEvents[i].Tick + ticks };
            for (var i = LastEvents.Count; i > 0; i--)
                if (LastEvents.Dequeue() is var one) LastEvents.Enqueue(one with { Tick = one.Tick + ticks });
        }

        public void Join(IReadOnlyList<IPartedConsumer> parts)
        {
            foreach (var part in parts.Cast<Tally>())
            {
                if (part.LastTick is null) continue;
                for (var i = 0; i < _events.Length; i++) _events[i] += part._events[i];
                Sum += part.Sum;
                MarkerSum += part.MarkerSum;
                FirstTick = Math.Min(FirstTick ?? long.MaxValue, part.FirstTick!.Value);
                LatestTick = Math.Max(LatestTick ?? long.MinValue, part.LatestTick!.Value);
                LastTick = part.LastTick;
                if (!(LargestDtime >= part.LargestDtime)) LargestDtime = part.LargestDtime ?? LargestDtime;
                FirstEvents.AddRange(part.FirstEvents.Take(Shown - FirstEvents.Count));
                foreach (var one in part.LastEvents) Last(one);
            }
        }
    }
}
