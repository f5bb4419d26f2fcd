using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PqdPortal.Cli.Watch;

/// <summary>
/// What was sent from a folder, by content: a journal to which lines are added, so that a process may be killed at any byte. A torn last
/// line is left out; what it would have said is found again by asking the portal.
/// </summary>
/// <remarks>
/// In memory a file costs about a hundred bytes, however long its name. Once most lines are out of date (files that were touched, grown,
/// or renamed and back), a journal of those that count is written beside it and takes its place whole; contents are never forgotten.
/// </remarks>
sealed class WatchLedger : IDisposable
{
    /// <summary>Shorter journals are left as they are [lines].</summary>
    public const int LeastLines = 1000;

    readonly string _path;
    readonly FileStream _lock;
    FileStream _journal;
    readonly Dictionary<UInt128, (long Bytes, long Ticks)> _seen = [];
    readonly Dictionary<UInt128, Guid> _sent = [];
    readonly Dictionary<UInt128, UInt128> _contentOf = [];
    long _lines, _notBefore;

    /// <exception cref="IOException">Another process has it open.</exception>
    public WatchLedger(string path)
    {
        _path = path;
        // Only one process at a time: the lock goes with the process, however it ends. It is a file of its own, for the journal is replaced.
        _lock = new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            _journal = Open();
            foreach (var (line, _) in Read())
            {
                Take(line);
                Lines++;
            }
            // What was torn ends its line here, so that the next one begins anew.
            var isWhole = EndsWhole();
            _journal.Seek(0, SeekOrigin.End);
            if (!isWhole) _journal.Write("\n"u8);
            _lines = Lines;
            Compact();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Lines that were read at the start.</summary>
    public int Lines { get; }

    /// <summary>Contents that were sent.</summary>
    public int Sent => _sent.Count;

    FileStream Open() => new(_path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.Read, BufferSize = 1 << 16 });

    /// <summary>The journal's whole lines from its first on, as they are read and as they stand.</summary>
    IEnumerable<(Line Line, string Text)> Read()
    {
        _journal.Seek(0, SeekOrigin.Begin);
        using var reader = new StreamReader(_journal, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, 1 << 16, leaveOpen: true);
        while (reader.ReadLine() is { } text)
            if (Parse(text) is { } line) yield return (line, text);
    }

    bool EndsWhole()
    {
        if (_journal.Length == 0) return true;
        _journal.Seek(-1, SeekOrigin.End);
        return _journal.ReadByte() == '\n';
    }

    /// <summary>Leaves the lines out that say nothing any more, where they are most of the journal. Killed at any moment, it leaves the old journal or the new one.</summary>
    void Compact()
    {
        // A name has two lines that count at most, its last content and what was seen of it since; a content has its first.
        if (_lines < LeastLines || _lines < _notBefore || _lines <= 2 * (2L * _seen.Count + _sent.Count)) return;
        var part = _path + ".part";
        try
        {
            var kept = WriteWhatCounts(part);
            _journal.Dispose();
            try
            {
                File.Move(part, _path, overwrite: true);
                _lines = kept;
            }
            finally
            {
                _journal = Open();
            }
        }
        catch (Exception full) when (full is IOException or UnauthorizedAccessException)
        {
            // A full disk: the long journal is as good. It is tried again when it has doubled.
            _notBefore = 2 * _lines;
        }
        _journal.Seek(0, SeekOrigin.End);
    }

    /// <returns>How many lines.</returns>
    long WriteWhatCounts(string part)
    {
        Dictionary<UInt128, long> seen = [], contentOf = [], sent = [];
        foreach (var (at, (line, _)) in Read().Index())
        {
            seen[Key(line.Path)] = at;
            if (line.Sha256 is null) continue;
            contentOf[Key(line.Path)] = at;
            sent.TryAdd(Content(line.Sha256), at);
        }
        HashSet<long> count = [.. seen.Values, .. contentOf.Values, .. sent.Values];
        using var file = new FileStream(part, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        foreach (var (at, (_, text)) in Read().Index())
            if (count.Contains(at)) file.Write([.. Encoding.UTF8.GetBytes(text), (byte)'\n']);
        file.Flush(flushToDisk: true);
        return count.Count;
    }

    /// <summary>Whether the file under this name, as long and as old, is done with.</summary>
    /// <param name="ticks">When it was written last, in ticks of UTC.</param>
    public bool IsDone(string path, long bytes, long ticks) => _seen.TryGetValue(Key(path), out var known) && known == (bytes, ticks);

    /// <summary>The run that a content became; null where it was not sent.</summary>
    public Guid? RunOf(string sha256) => _sent.TryGetValue(Content(sha256), out var run) ? run : null;

    /// <summary>The content that the name stood for last, with its length: what has grown since begins with it.</summary>
    public (Guid Run, long Bytes, string Sha256Start)? Before(string path) =>
        _contentOf.TryGetValue(Key(path), out var content) && _sent.TryGetValue(content, out var run) && _seen.TryGetValue(Key(path), out var known) ? (run, known.Bytes, Hex(content)) : null;

    /// <summary>Notes that a file is in the portal; it is on the disk when this returns.</summary>
    public void Done(string path, long bytes, long ticks, string sha256, Guid run)
    {
        Note(Key(path), bytes, ticks, Content(sha256), run);
        Write(new(DateTime.UtcNow.ToString("s", CultureInfo.InvariantCulture), path, bytes, ticks, sha256, run), isSafe: true);
    }

    /// <summary>Notes that a file is not to be sent as it stands.</summary>
    public void Skip(string path, long bytes, long ticks)
    {
        _seen[Key(path)] = (bytes, ticks);
        Write(new(DateTime.UtcNow.ToString("s", CultureInfo.InvariantCulture), path, bytes, ticks, null, Guid.Empty), isSafe: false);
    }

    void Write(Line line, bool isSafe)
    {
        _journal.Write([.. JsonSerializer.SerializeToUtf8Bytes(line), (byte)'\n']);
        _journal.Flush(flushToDisk: isSafe);
        _lines++;
        Compact();
    }

    static Line? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Line>(text) is { Path: not null } line
                && (line.Sha256 is null || line.Sha256.Length == 64 && line.Sha256.All(char.IsAsciiHexDigitLower)) ? line : null;
        }
        catch (JsonException)
        {
            return null; // Torn by a power cut, or by somebody's editor.
        }
    }

    void Take(Line line)
    {
        if (line.Sha256 is null) _seen[Key(line.Path)] = (line.Bytes, line.Ticks);
        else Note(Key(line.Path), line.Bytes, line.Ticks, Content(line.Sha256), line.Run);
    }

    void Note(UInt128 path, long bytes, long ticks, UInt128 content, Guid run)
    {
        (_seen[path], _contentOf[path]) = ((bytes, ticks), content);
        _sent.TryAdd(content, run);
    }

    static UInt128 Key(string path) => Number(SHA256.HashData(Encoding.UTF8.GetBytes(path)));
    static UInt128 Content(string sha256) => Number(Convert.FromHexString(sha256.AsSpan(0, 32)));
    static UInt128 Number(ReadOnlySpan<byte> hash) => System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);
    static string Hex(UInt128 content) => content.ToString("x32", CultureInfo.InvariantCulture);

    public void Dispose()
    {
        _journal?.Dispose();
        _lock.Dispose();
    }

    sealed record Line(string At, string Path, long Bytes, long Ticks, string? Sha256, Guid Run);
}
