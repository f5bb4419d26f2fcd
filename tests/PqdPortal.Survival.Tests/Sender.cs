using System.Net;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using PqdPortal.Portal.Tests;
using PqdPortal.Portal.Tests.Uploads;

namespace PqdPortal.Survival.Tests;

/// <summary>A program of a person's that sends made-up files to a portal running as a process, and looks afterwards at what became of them.</summary>
sealed class Sender(DatabaseFixture database, PortalProcess portal, HttpClient http, Guid project)
{
    public Guid Project => project;

    public static async Task<Sender> Of(DatabaseFixture database, PortalProcess portal)
    {
        var person = await database.Person();
        var http = new HttpClient { BaseAddress = new Uri(portal.Address), Timeout = TimeSpan.FromMinutes(10) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", await database.Token(person));
        return new Sender(database, portal, http, (await database.Project(person)).Id);
    }

    public async Task<HttpResponseMessage> Send(HttpRequestMessage request) => await http.SendAsync(request);

    /// <summary>Announces a file and says where it lies.</summary>
    public async Task<string> Begin(long length, string name = "dot.ptu")
    {
        var made = await Send(Tus.Create(project, length, name));
        Assert.True(made.StatusCode == HttpStatusCode.Created, $"{made.StatusCode} {await made.Content.ReadAsStringAsync()}\n{portal.Log}");
        return made.Headers.Location!.ToString();
    }

    public async Task<long> Confirmed(string at)
    {
        var head = await Send(Tus.Head(at));
        Assert.True(head.StatusCode == HttpStatusCode.OK, $"{head.StatusCode}\n{portal.Log}");
        return long.Parse(Tus.Header(head, "Upload-Offset")!);
    }

    /// <summary>Sends bytes of the made-up file and expects them to be taken.</summary>
    public async Task<HttpResponseMessage> Piece(string at, MadeUpFile file, long offset, long length)
    {
        var answer = await Send(Tus.Patch(at, offset, file.Open(offset, length)));
        Assert.True(answer.StatusCode == HttpStatusCode.NoContent, $"{answer.StatusCode} {await answer.Content.ReadAsStringAsync()}\n{portal.Log}");
        return answer;
    }

    /// <summary>The file is there, whole and once: one run, one stored file of the right hash, nothing beside it.</summary>
    /// <param name="folder">The portal's data folder.</param>
    public async Task IsThereOnce(HttpResponseMessage last, MadeUpFile file, string folder)
    {
        var run = Guid.Parse(Tus.Header(last, "Portal-Run")!);
        await using var db = database.CreateDbContext();
        var kept = await db.RunFiles.SingleAsync(one => one.RunId == run);
        var path = Path.Combine(folder, "files", kept.Sha256[..2], kept.Sha256[2..4], kept.Sha256);
        await using (var stored = File.OpenRead(path))
            Assert.Equal(await file.Hash(), Convert.ToHexStringLower(await SHA256.HashDataAsync(stored)));
        Assert.Equal(1, await db.Runs.CountAsync(one => one.ProjectId == project));
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, "uploads")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(folder, "files", "incoming")));
    }
}

/// <summary>A file of any size that needs no room: every 8 bytes follow from their place.</summary>
sealed record MadeUpFile(long Length, ulong Seed)
{
    public Stream Open(long offset = 0, long? length = null) => new Content(Seed, offset, length ?? Length - offset);

    public async Task<string> Hash() => Convert.ToHexStringLower(await SHA256.HashDataAsync(Open()));

    sealed class Content(ulong seed, long begin, long length) : Stream
    {
        long _at;

        public override int Read(Span<byte> buffer)
        {
            var count = (int)Math.Min(buffer.Length, length - _at);
            var place = begin + _at;
            var n = 0;
            // Whole words in between, single bytes where it begins or ends within one.
            while (n < count && (place + n) % 8 != 0) { buffer[n] = Byte(place + n); n++; }
            for (; n + 8 <= count; n += 8) BitConverter.TryWriteBytes(buffer[n..], Word((place + n) / 8));
            for (; n < count; n++) buffer[n] = Byte(place + n);
            _at += count;
            return count;
        }

        byte Byte(long place) => (byte)(Word(place / 8) >> (int)(place % 8 * 8));

        ulong Word(long place)
        {
            var x = ((ulong)place + seed) * 0x9E3779B97F4A7C15;
            return (x ^ x >> 29) * 0xBF58476D1CE4E5B9;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));
        public override bool CanRead => true;
        public override bool CanSeek => true;
        public override bool CanWrite => false;
        public override long Length => length;
        public override long Position { get => _at; set => _at = value; }
        public override long Seek(long offset, SeekOrigin origin) => _at = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => _at + offset, _ => length + offset };
        public override void Flush() { }
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
