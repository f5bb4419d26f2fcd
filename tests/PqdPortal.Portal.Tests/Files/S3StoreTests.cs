using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using PqdPortal.Data;
using PqdPortal.Data.Files;

namespace PqdPortal.Portal.Tests.Files;

/// <summary>Against a real S3 service over HTTP: npm's s3rver, found in a node_modules folder above the tests.</summary>
public sealed class S3StoreTests : IAsyncLifetime
{
    readonly DataFolder _folder = TestServer.NewFolder("s3");
    readonly Random _random = new(5);
    Process? _service;
    FileStoreOptions _options = null!;

    public async Task InitializeAsync()
    {
        if (S3FactAttribute.Program is not { } program) return;
        int port;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }
        _service = Process.Start(new ProcessStartInfo("node",
            [program, "--directory", _folder.Make("bucket"), "--address", "127.0.0.1", "--port", $"{port}", "--configure-bucket", "photons", "--silent"]))!;
        _options = new FileStoreOptions
        {
            Store = "s3", Bucket = "photons", Prefix = "lab/", Endpoint = $"http://127.0.0.1:{port}", Region = "us-east-1",
            AccessKey = "S3RVER", SecretKey = "S3RVER",
        };
        using var client = new HttpClient();
        for (var attempt = 0; ; attempt++)
            try
            {
                await client.GetAsync(_options.Endpoint);
                return;
            }
            catch (HttpRequestException) when (attempt < 100)
            {
                await Task.Delay(100);
            }
    }

    public Task DisposeAsync()
    {
        _service?.Kill(entireProcessTree: true);
        _service?.WaitForExit();
        _service?.Dispose();
        Directory.Delete(_folder.Path, recursive: true);
        return Task.CompletedTask;
    }

    S3Store Store(bool readOnly = false) => new(_options with { ReadOnly = readOnly }, _folder.Make("spool"));

    /// <summary>More than one part of a multipart upload, and not a whole number of them.</summary>
    byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        _random.NextBytes(bytes);
        return bytes;
    }

    [S3Theory, InlineData(0), InlineData(1000), InlineData(40_000_001)]
    public async Task What_was_saved_is_read_back_the_same_under_its_hash(int count)
    {
        var bytes = Bytes(count);
        using var store = Store();

        var stored = await store.Save(new MemoryStream(bytes));

        Assert.Equal(new StoredContent(Convert.ToHexStringLower(SHA256.HashData(bytes)), count), stored);
        Assert.True(await store.Exists(stored.Sha256));
        await using var content = await store.Open(stored.Sha256);
        var back = new MemoryStream();
        await content.CopyToAsync(back);
        Assert.Equal(bytes, back.ToArray());
    }

    [S3Fact]
    public async Task Content_that_can_be_read_only_once_is_kept_and_leaves_nothing_behind()
    {
        var bytes = Bytes(300_000);
        using var store = Store();

        var stored = await store.Save(new OneWay(new MemoryStream(bytes)));

        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), stored.Sha256);
        Assert.True(await store.Exists(stored.Sha256));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Make("spool")));
    }

    [S3Fact]
    public async Task The_same_bytes_twice_are_one_object_and_a_removed_one_is_gone()
    {
        var bytes = Bytes(1000);
        using var store = Store();
        var first = await store.Save(new MemoryStream(bytes));
        var second = await store.Save(new MemoryStream(bytes));

        Assert.Equal(first, second);
        await store.Delete(first.Sha256);
        await store.Delete(first.Sha256);
        Assert.False(await store.Exists(first.Sha256));
        await Assert.ThrowsAsync<FileNotFoundException>(() => store.Open(first.Sha256));
    }

    [S3Fact]
    public async Task A_store_set_to_read_only_gives_and_takes_nothing()
    {
        using var store = Store();
        var stored = await store.Save(new MemoryStream([1, 2, 3]));

        using var closed = Store(readOnly: true);
        await Assert.ThrowsAsync<ReadOnlyFileStoreException>(() => closed.Save(new MemoryStream([4])));
        await Assert.ThrowsAsync<ReadOnlyFileStoreException>(() => closed.Delete(stored.Sha256));
        await using var content = await closed.Open(stored.Sha256);
        Assert.Equal(1, content.ReadByte());
    }

    /// <summary>A stream that cannot seek, like a request's body.</summary>
    sealed class OneWay(Stream inner) : Stream
    {
        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}

/// <summary>Runs where s3rver is installed (npm install --no-save s3rver@3.7.1), and says so elsewhere.</summary>
public sealed class S3FactAttribute : FactAttribute
{
    internal static string? Program { get; } = DataFolder.Above(AppContext.BaseDirectory)
        .Append(Environment.GetEnvironmentVariable("S3RVER_PATH") ?? "")
        .Select(folder => Path.Combine(folder, "node_modules", "s3rver", "bin", "s3rver.js"))
        .FirstOrDefault(File.Exists);

    internal const string Missing = "s3rver is not installed (npm install --no-save s3rver@3.7.1)";

    public S3FactAttribute() => Skip = Program is null ? Missing : null;
}

/// <summary>As <see cref="S3FactAttribute"/>, with cases.</summary>
public sealed class S3TheoryAttribute : TheoryAttribute
{
    public S3TheoryAttribute() => Skip = S3FactAttribute.Program is null ? S3FactAttribute.Missing : null;
}
