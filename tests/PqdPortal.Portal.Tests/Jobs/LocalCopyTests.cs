using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using PqdPortal.Data;
using PqdPortal.Data.Files;
using PqdPortal.Jobs;

namespace PqdPortal.Portal.Tests.Jobs;

public sealed class LocalCopyTests : IDisposable
{
    readonly DataFolder _folder = TestServer.NewFolder("copies");

    public void Dispose() => Directory.Delete(_folder.Path, recursive: true);

    [Fact]
    public async Task A_file_of_a_remote_store_becomes_seekable_and_is_fetched_once()
    {
        var store = new Remote();
        var file = store.Keep(1000);
        var copies = Copies(store, 1 << 20);

        for (var i = 0; i < 3; i++)
        {
            await using var copy = await copies.Open(file, default);
            Assert.True(copy.CanSeek);
            copy.Position = 990;
            Assert.Equal(store.Files[file][990], copy.ReadByte());
        }

        Assert.Equal(1, store.Read);
    }

    [Fact]
    public async Task The_copy_used_longest_ago_makes_room_for_a_new_one()
    {
        var store = new Remote();
        string[] files = [store.Keep(1000), store.Keep(1001), store.Keep(1002)];
        var copies = Copies(store, 2500);
        foreach (var file in (int[])[0, 1, 0, 2])
        {
            await using var copy = await copies.Open(files[file], default);
            // The file system keeps the last use no finer than its own clock ticks.
            await Task.Delay(20);
        }

        var kept = Directory.GetFiles(Path.Combine(_folder.Path, "copies")).Select(Path.GetFileName);

        Assert.Equal(new[] { files[0], files[2] }.Order(), kept.Order());
    }

    [Fact]
    public async Task A_copy_whose_bytes_are_not_those_of_its_hash_is_refused_and_not_kept()
    {
        var store = new Remote();
        var file = store.Keep(1000);
        store.Files[file][5] ^= 1;

        await Assert.ThrowsAsync<IOException>(() => Copies(store, 1 << 20).Open(file, default));

        Assert.Empty(Directory.GetFiles(Path.Combine(_folder.Path, "copies")));
    }

    LocalCopy Copies(IFileStore store, long room) =>
        new(store, _folder, new JobOptions { LocalCopyBytes = room }, NullLogger<LocalCopy>.Instance);

    /// <summary>A store far away: its streams cannot seek.</summary>
    sealed class Remote : IFileStore
    {
        public Dictionary<string, byte[]> Files { get; } = [];
        public int Read { get; private set; }

        public string Keep(int length)
        {
            var bytes = new byte[length];
            new Random(length).NextBytes(bytes);
            var name = Convert.ToHexStringLower(SHA256.HashData(bytes));
            Files[name] = bytes;
            return name;
        }

        public Task<Stream> Open(string sha256, CancellationToken stop = default)
        {
            Read++;
            return Task.FromResult<Stream>(new OneWay(Files[sha256]));
        }

        public Task<StoredContent> Save(Stream content, CancellationToken stop = default) => throw new NotSupportedException();
        public Task<bool> Exists(string sha256, CancellationToken stop = default) => Task.FromResult(Files.ContainsKey(sha256));
        public Task Delete(string sha256, CancellationToken stop = default) => throw new NotSupportedException();

        sealed class OneWay(byte[] bytes) : MemoryStream(bytes)
        {
            public override bool CanSeek => false;
        }
    }
}
