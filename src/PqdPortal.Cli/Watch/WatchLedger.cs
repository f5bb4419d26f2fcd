using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace PqdPortal.Cli.Watch;

/// <summary>
/// What was sent from a folder, by content: a journal to which lines are added and that is never changed, so that a process may be
/// killed at any byte. A torn last line is left out; what it would have said is found again by asking the portal.
/// </summary>
/// <remarks>In memory a file costs about a hundred bytes, however long its name.</remarks>
sealed class WatchLedger : IDisposable
{
    readonly FileStream _journal;
    readonly Dictionary<UInt128, (long Bytes, long Ticks)> _seen = [];
    readonly Dictionary<UInt128, Guid> _sent = [];
    readonly Dictionary<UInt128, UInt128> _contentOf = [];

    /// <exception cref="IOException">Another process has it open.</exception>
    public WatchLedger(string path)
    {
        // Only one process at a time: the lock goes with the process, however it ends.
        _journal = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 1 << 16,
        });
        var lines = 0;
        using (var reader = new StreamReader(_journal, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, 1 << 16, leaveOpen: true))
            while (reader.ReadLine() is { } line)
            {
                if (Take(line)) lines++;
            }
        // What was torn ends its line here, so that the next one begins anew.
        var isWhole = EndsWhole();
        _journal.Seek(0, SeekOrigin.End);
        if (!isWhole) _journal.Write("\n"u8);
        Lines = lines;
    }

    /// <summary>Lines that were read at the start.</summary>
    public int Lines { get; }

    /// <summary>Contents that were sent.</summary>
    public int Sent => _sent.Count;

    bool EndsWhole()
    {
        if (_journal.Length == 0) return true;
        _journal.Seek(-1, SeekOrigin.End);
        return _journal.ReadByte() == '\n';
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
    }

    bool Take(string text)
    {
        try
        {
            if (JsonSerializer.Deserialize<Line>(text) is not { Path: not null } line) return false;
            if (line.Sha256 is null) _seen[Key(line.Path)] = (line.Bytes, line.Ticks);
            else if (line.Sha256.Length != 64 || !line.Sha256.All(char.IsAsciiHexDigitLower)) return false;
            else Note(Key(line.Path), line.Bytes, line.Ticks, Content(line.Sha256), line.Run);
            return true;
        }
        catch (JsonException)
        {
            return false; // Torn by a power cut, or by somebody's editor.
        }
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

    public void Dispose() => _journal.Dispose();

    sealed record Line(string At, string Path, long Bytes, long Ticks, string? Sha256, Guid Run);
}
