using System.Security.Cryptography;
using PqdPortal.Data;
using PqdPortal.Data.Files;

namespace PqdPortal.Portal.Tests.Files;

public sealed class LocalFolderStoreTests : IDisposable
{
    readonly DataFolder _folder = TestServer.NewFolder("files");

    public void Dispose() => Directory.Delete(_folder.Path, recursive: true);

    string Root => Path.Combine(_folder.Path, "files");

    IEnumerable<string> Kept => Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories);

    static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    [Theory, InlineData(0), InlineData(1), InlineData(3_000_001)]
    public async Task What_was_saved_lies_under_its_hash_and_is_read_back_the_same(int count)
    {
        var bytes = Bytes(count, 1);
        var store = new LocalFolderStore(Root);

        var stored = await store.Save(new MemoryStream(bytes));

        var sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
        Assert.Equal(new StoredContent(sha256, count), stored);
        Assert.Equal(Path.Combine(Root, sha256[..2], sha256[2..4], sha256), Assert.Single(Kept));
        Assert.Equal(bytes, await ReadBack(store, sha256));
    }

    [Fact]
    public async Task The_same_bytes_saved_by_many_at_once_are_stored_once()
    {
        var bytes = Bytes(500_000, 2);
        var store = new LocalFolderStore(Root);

        var all = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => Task.Run(() => store.Save(new MemoryStream(bytes)))));

        Assert.Single(all.Distinct());
        Assert.Single(Kept);
        Assert.Equal(bytes, await ReadBack(store, all[0].Sha256));
    }

    [Fact]
    public async Task Removing_what_was_left_takes_nothing_from_those_who_save_at_that_moment()
    {
        var store = new LocalFolderStore(Root);
        using var saved = new CancellationTokenSource();
        var removing = Task.Run(() => { while (!saved.IsCancellationRequested) store.RemoveLeft(); });
        var source = Path.Combine(_folder.Path, "source");
        await File.WriteAllBytesAsync(source, Bytes(100, 3));

        await Task.WhenAll(Enumerable.Range(0, 2).Select(saver => Task.Run(async () =>
        {
            for (var file = 0; file < 400; file++) await (saver == 0 ? store.Save(new MemoryStream(Bytes(100, file))) : store.SaveFile(source));
        })));
        saved.Cancel();
        await removing;

        Assert.Equal(400, Kept.Count());
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(Root, "incoming")));
    }

    [Fact]
    public async Task A_stream_that_breaks_off_leaves_nothing()
    {
        var store = new LocalFolderStore(Root);

        await Assert.ThrowsAsync<IOException>(() => store.Save(new Breaking()));

        Assert.Empty(Kept);
    }

    [Fact]
    public async Task A_stored_file_cut_short_by_a_bad_copy_is_mended_by_the_next_upload_of_its_bytes()
    {
        var bytes = Bytes(1000, 3);
        var store = new LocalFolderStore(Root);
        var stored = await store.Save(new MemoryStream(bytes));
        var path = store.PathOf(stored.Sha256);
        File.SetAttributes(path, FileAttributes.Normal);
        File.WriteAllBytes(path, bytes[..400]);

        await store.Save(new MemoryStream(bytes));

        Assert.Equal(bytes, await ReadBack(store, stored.Sha256));
    }

    [Fact]
    public async Task A_file_taken_without_copying_stays_the_same_although_the_upload_is_touched_again()
    {
        var bytes = Bytes(1000, 4);
        var store = new LocalFolderStore(Root);
        var staging = new Staging(Path.Combine(_folder.Path, "uploads"));
        var id = Guid.NewGuid();
        await staging.Append(id, 0, new MemoryStream(bytes), bytes.Length);
        var stored = await staging.Store(id, store);

        await Assert.ThrowsAsync<InvalidDataException>(() => staging.Append(id, 0, new MemoryStream([9, 9, 9]), bytes.Length));
        Assert.Equal(bytes, await ReadBack(store, stored.Sha256));

        // A crash before the record was written asks again and gets the same.
        Assert.Equal(stored, await staging.Store(id, store));
        staging.Discard(id);
        Assert.Equal(bytes, await ReadBack(store, stored.Sha256));
    }

    [Fact]
    public async Task What_is_not_there_is_said_and_removing_it_twice_is_no_error()
    {
        var store = new LocalFolderStore(Root);
        var stored = await store.Save(new MemoryStream([1]));

        await store.Delete(stored.Sha256);
        await store.Delete(stored.Sha256);

        Assert.False(await store.Exists(stored.Sha256));
        await Assert.ThrowsAsync<FileNotFoundException>(() => store.Open(stored.Sha256));
        await Assert.ThrowsAsync<FileNotFoundException>(() => store.Open(new string('a', 64)));
    }

    [Theory, InlineData("../../../../etc/passwd"), InlineData(""), InlineData("ABCDEF"), InlineData("/etc/passwd")]
    public async Task Only_a_hash_can_name_a_stored_file(string name) =>
        await Assert.ThrowsAsync<ArgumentException>(() => new LocalFolderStore(Root).Open(name));

    [Fact]
    public async Task A_store_set_to_read_only_gives_and_takes_nothing()
    {
        var stored = await new LocalFolderStore(Root).Save(new MemoryStream([7]));

        var closed = new LocalFolderStore(Root, readOnly: true);

        await Assert.ThrowsAsync<ReadOnlyFileStoreException>(() => closed.Save(new MemoryStream([8])));
        await Assert.ThrowsAsync<ReadOnlyFileStoreException>(() => closed.Delete(stored.Sha256));
        Assert.Equal([7], await ReadBack(closed, stored.Sha256));
    }

    static async Task<byte[]> ReadBack(IFileStore store, string sha256)
    {
        await using var content = await store.Open(sha256);
        var back = new MemoryStream();
        await content.CopyToAsync(back);
        return back.ToArray();
    }

    /// <summary>Some bytes, then a lost connection.</summary>
    sealed class Breaking : MemoryStream
    {
        int _reads;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            _reads++ < 2 ? ValueTask.FromResult(Math.Min(100, buffer.Length)) : throw new IOException("The connection was reset.");
    }
}
