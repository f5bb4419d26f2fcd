using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging;
using PqdPortal.Analysis;
using PqdPortal.Analysis.Catalogue;
using PqdPortal.Analysis.Measurements;
using PqdPortal.Analysis.Readers;
using PqdPortal.Data;
using PqdPortal.Data.Analyses;

namespace PqdPortal.Jobs;

/// <summary>
/// The traces of analysed runs at any zoom. Each is counted once, by the analysis itself or behind the first look, and kept beside the
/// copies of files: whoever deletes it loses nothing but the time to count it again.
/// </summary>
public sealed class FineTraces : IDisposable
{
    /// <summary>Room for traces in memory, and on the disk [bytes].</summary>
    const long Room = 64 << 20, DiskRoom = 4L << 30;

    /// <summary>How long a page waits for a trace that is being counted; most files are counted by then.</summary>
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(0.25);

    readonly LocalCopy _copies;
    readonly DataFolder _folder;
    readonly ILogger<FineTraces> _log;
    readonly MemoryCache _warm = new(new MemoryCacheOptions { SizeLimit = Room });
    readonly ConcurrentDictionary<string, Task<Kept?>> _counting = new();
    readonly SemaphoreSlim _turns = new(2), _looks = new(2);
    readonly CancellationTokenSource _end = new();

    internal FineTraces(LocalCopy copies, DataFolder folder, ILogger<FineTraces> log) => (_copies, _folder, _log) = (copies, folder, log);

    string Folder => _folder.Make("traces");

    /// <summary>A stretch of the trace that an analysis was computed from.</summary>
    /// <param name="analysis">Which file, how it is read, and which part and which detectors it is about.</param>
    /// <param name="channels">Detectors that the analysis took; null for all.</param>
    /// <param name="from">Beginning of the stretch [s]; null for that of the trace.</param>
    /// <param name="to">Its end [s]; null for that of the trace.</param>
    /// <param name="points">Columns of the screen.</param>
    /// <param name="bin">Length of the bins whose lowest and highest are told [s].</param>
    public async Task<TraceAnswer> Look(
        AnalysisRecord analysis, IReadOnlyList<int>? channels, double? from, double? to, int points, double bin, CancellationToken stop = default)
    {
        if (Source.Of(analysis, channels) is not { } source) return new(null, IsComing: false);
        var counting = Get(source);
        try
        {
            if (await counting.WaitAsync(Patience, stop) is not { } kept) return new(null, IsComing: false);
            var (begin, end) = (from ?? 0, to ?? kept.Trace.End);
            var window = kept.Trace.Look(begin, end, points, bin);
            if (window.Bin < 1.5 * kept.Trace.Bin && Math.Min(bin, (end - begin) / points) < 0.75 * kept.Trace.Bin && end > begin)
                window = await Finer(source, kept, begin, end, points, bin, stop) ?? window;
            return new(window, IsComing: false) { Finest = kept.Trace.Bin };
        }
        catch (TimeoutException)
        {
            return new(null, IsComing: true);
        }
    }

    /// <summary>Counts the trace of an analysis that has just been computed, so that its first look need not wait.</summary>
    internal async Task Make(AnalysisRecord analysis, IReadOnlyList<int>? channels, CancellationToken stop)
    {
        if (Source.Of(analysis, channels) is { } source) await Get(source).WaitAsync(stop);
    }

    Task<Kept?> Get(Source source)
    {
        if (_warm.TryGetValue(source.Key, out Kept? warm)) return Task.FromResult(warm);
        // Nobody who looks is asked to stay: what was begun is ended, for whoever comes next.
        return _counting.GetOrAdd(source.Key, _ => Task.Run(() => Fetch(source), CancellationToken.None));
    }

    async Task<Kept?> Fetch(Source source)
    {
        try
        {
            var kept = Load(source.Key);
            if (kept is null)
            {
                await _turns.WaitAsync(_end.Token);
                try
                {
                    kept = await Count(source);
                }
                finally
                {
                    _turns.Release();
                }
                Save(source.Key, kept);
            }
            return _warm.Set(source.Key, kept, new MemoryCacheEntryOptions { Size = 1000 + kept.Size });
        }
        catch (Exception trouble) when (trouble is PqdException or OperationCanceledException)
        {
            // Of such a file the analysis said what is wrong; its own curve is shown.
            return trouble is OperationCanceledException ? null : _warm.Set<Kept?>(source.Key, null, new MemoryCacheEntryOptions { Size = 100 });
        }
        catch (Exception fault)
        {
            _log.LogError(fault, "The trace {Key} of the file {Sha256} could not be counted", source.Key, source.Reading.Sha256);
            return null;
        }
        finally
        {
            _counting.TryRemove(source.Key, out _);
        }
    }

    async Task<Kept> Count(Source source)
    {
        await using var content = await _copies.Open(source.Reading.Sha256, _end.Token);
        return await LongWork.Run(() =>
        {
            var photons = Opened(content, source);
            // Where the clock stands is found first: with it the pass can be shared, and single stretches be read later.
            var entries = photons.Entries(_end.Token);
            return new Kept(FineTrace.Of(SelectedStream.Of(photons, source.Selection, 1, _end.Token), source.Channels, 1, null, _end.Token), entries);
        }, _end.Token);
    }

    async Task<TraceWindow?> Finer(Source source, Kept kept, double from, double to, int points, double bin, CancellationToken stop)
    {
        await _looks.WaitAsync(stop);
        try
        {
            await using var content = await _copies.Open(source.Reading.Sha256, stop);
            return await LongWork.Run(() =>
            {
                var photons = Opened(content, source);
                if (kept.Entries is { } entries) photons.Enter(entries);
                return TraceReader.CanRead(photons, source.Selection, stop)
                    ? TraceReader.Look(photons, source.Selection, source.Channels, from, to, points, bin, kept.Trace.End, stop) : null;
            }, stop);
        }
        catch (PqdException)
        {
            return null;
        }
        finally
        {
            _looks.Release();
        }
    }

    PhotonStream Opened(Stream content, Source source) =>
        Formats.Open(content, source.Reading.Choices(_copies, null, _end.Token)) as PhotonStream
        ?? throw new RequestException("The file holds no photons.");

    Kept? Load(string key)
    {
        var path = Path.Combine(Folder, key);
        try
        {
            if (!File.Exists(path)) return null;
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1 << 16);
            var kept = Kept.Read(file);
            File.SetLastAccessTimeUtc(path, DateTime.UtcNow);
            return kept;
        }
        catch (Exception trouble) when (trouble is IOException or InvalidDataException)
        {
            _log.LogWarning(trouble, "The kept trace {Key} cannot be read; it is counted again", key);
            return null;
        }
    }

    void Save(string key, Kept kept)
    {
        var path = Path.Combine(Folder, key);
        var coming = $"{path}.{Guid.NewGuid():n}";
        try
        {
            using (var file = File.Create(coming)) kept.Write(file);
            File.Move(coming, path, overwrite: true);
            MakeRoom();
        }
        catch (IOException trouble)
        {
            // A full disk: it is shown from memory.
            _log.LogWarning(trouble, "The trace {Key} could not be kept", key);
            File.Delete(coming);
        }
    }

    /// <summary>Removes what a killed process was writing, and what nobody has looked at for a month: its run may be gone for good.</summary>
    internal void Tidy()
    {
        foreach (var left in new DirectoryInfo(Folder).GetFiles())
            if (DateTime.UtcNow - left.LastAccessTimeUtc > (left.Name.Length > 64 ? TimeSpan.FromDays(1) : TimeSpan.FromDays(30))) left.Delete();
    }

    /// <summary>Whether a result has a trace to look into.</summary>
    public static bool IsOf(AnalysisReport report) => report.Analysis is "intensity" or "blinking" && report.Curve("trace") is { X: { Name: "time", Unit: "s" } };

    /// <summary>Detectors that the trace of a result was counted of; null for all.</summary>
    public static IReadOnlyList<int>? ChannelsOf(AnalysisReport report) =>
        report.Parameters["channels"] is JsonArray { Count: > 0 } list ? [.. list.Select(one => (int)one!)] : null;

    void MakeRoom()
    {
        var files = new DirectoryInfo(Folder).GetFiles().OrderBy(file => file.LastAccessTimeUtc).ToList();
        var taken = files.Sum(file => file.Length);
        foreach (var file in files.TakeWhile(_ => taken > DiskRoom))
        {
            taken -= file.Length;
            file.Delete();
        }
    }

    public void Dispose()
    {
        _end.Cancel();
        _warm.Dispose();
    }

    /// <summary>What a trace is counted of.</summary>
    sealed record Source(FileReading Reading, Selection? Selection, IReadOnlyList<int>? Channels, string Key)
    {
        /// <returns>Null where the analysis has no photons of its own, or is about a part of them that only it can tell.</returns>
        public static Source? Of(AnalysisRecord analysis, IReadOnlyList<int>? channels)
        {
            if (JsonNode.Parse(analysis.Inputs)?["file"] is not { } input) return null;
            var reading = FileReading.Of(input);
            var fields = SelectionForm.Part(JsonNode.Parse(analysis.Parameters)!.AsObject()).Selection;
            var selection = SelectionForm.Bind(fields);
            if (selection is not null && !(selection with { From = null, To = null, Channels = null, DtimeFrom = null, DtimeTo = null, Markers = null }).IsEverything) return null;
            var told = $"{Software.Name}|{reading.Key}|{fields?.ToJsonString()}|{(channels is null ? "all" : string.Join(',', channels.Order()))}";
            return new(reading, selection, channels, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(told))));
        }
    }

    /// <summary>A trace, and where its file can be entered.</summary>
    sealed record Kept(FineTrace Trace, EntryPoints? Entries)
    {
        public long Size => Trace.Size + 8L * (Entries?.Starts.Length ?? 0);

        public void Write(Stream to)
        {
            Trace.Write(to);
            using var writer = new BinaryWriter(to, Encoding.UTF8, leaveOpen: true);
            writer.Write(Entries?.Step ?? 0);
            writer.Write(Entries?.Starts.Length ?? 0);
            foreach (var start in Entries?.Starts ?? []) writer.Write(start);
        }

        public static Kept Read(Stream from)
        {
            var trace = FineTrace.Read(from);
            using var reader = new BinaryReader(from, Encoding.UTF8, leaveOpen: true);
            var (step, count) = (reader.ReadInt32(), reader.ReadInt32());
            if (step < 0 || count < 0 || count > from.Length / 8) throw new InvalidDataException("This is no trace.");
            var starts = new long[count];
            for (var i = 0; i < count; i++) starts[i] = reader.ReadInt64();
            return new(trace, step == 0 ? null : new(step, starts));
        }
    }
}

/// <summary>A look at a trace.</summary>
/// <param name="Window">Null where it is not there.</param>
/// <param name="IsComing">It is being counted; ask again.</param>
public sealed record TraceAnswer(TraceWindow? Window, bool IsComing)
{
    /// <summary>Length of the bins that are kept [s].</summary>
    public double Finest { get; init; }
}
