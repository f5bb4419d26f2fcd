using System.Net;
using System.Security.Cryptography;
using Amazon;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace PqdPortal.Data.Files;

/// <summary>
/// Files in a bucket of any S3 service, each under prefix + aa/bb/aabb... by hash. Content is hashed before it is sent: an object
/// appears under its name only when it is whole, and bytes that are there already are not sent again.
/// </summary>
/// <param name="spool">Folder for content that can be read only once, until its hash is known.</param>
public sealed class S3Store(FileStoreOptions options, string spool) : IFileStore, IDisposable
{
    readonly AmazonS3Client _s3 = Client(options);

    /// <summary>A file is one request up to this size [bytes] and sent in parts beyond it.</summary>
    const long Part = 16 << 20;

    public async Task<StoredContent> Save(Stream content, CancellationToken stop = default)
    {
        ReadOnlyFileStoreException.ThrowIf(options.ReadOnly);
        if (content.CanSeek) return await SaveSeekable(content, stop);

        Directory.CreateDirectory(spool);
        // Gone with the handle, however the process ends: on Unix the name goes at once and the bytes with the last handle.
        await using var kept = new FileStream(Path.Combine(spool, $"{Guid.NewGuid():n}.s3"), FileMode.CreateNew, FileAccess.ReadWrite,
            FileShare.None, 1 << 16, FileOptions.Asynchronous | FileOptions.DeleteOnClose);
        if (!OperatingSystem.IsWindows()) File.Delete(kept.Name);
        await content.CopyToAsync(kept, 1 << 20, stop);
        kept.Position = 0;
        return await SaveSeekable(kept, stop);
    }

    async Task<StoredContent> SaveSeekable(Stream content, CancellationToken stop)
    {
        var begin = content.Position;
        var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, stop));
        var stored = new StoredContent(sha256, content.Position - begin);
        if (await LengthOf(sha256, stop) == stored.Length) return stored;

        content.Position = begin;
        if (stored.Length <= Part)
            await _s3.PutObjectAsync(new PutObjectRequest
            {
                BucketName = options.Bucket,
                Key = KeyOf(sha256),
                InputStream = content,
                AutoCloseStream = false,
                AutoResetStreamPosition = false,
                UseChunkEncoding = false,
            }, stop);
        else await SendParts(content, sha256, stored.Length, stop);
        return stored;
    }

    async Task SendParts(Stream content, string sha256, long length, CancellationToken stop)
    {
        var upload = await _s3.InitiateMultipartUploadAsync(options.Bucket, KeyOf(sha256), stop);
        try
        {
            var finish = new CompleteMultipartUploadRequest { BucketName = options.Bucket, Key = KeyOf(sha256), UploadId = upload.UploadId };
            // A multipart upload has 10 000 parts at the most.
            var size = Math.Max(Part, (length + 9_999) / 10_000);
            for (long sent = 0; sent < length; sent += size)
            {
                var number = (int)(sent / size) + 1;
                finish.AddPartETags(await _s3.UploadPartAsync(new UploadPartRequest
                {
                    BucketName = options.Bucket,
                    Key = KeyOf(sha256),
                    UploadId = upload.UploadId,
                    PartNumber = number,
                    PartSize = Math.Min(size, length - sent),
                    InputStream = content,
                    IsLastPart = sent + size >= length,
                    // Some services store the signed chunks' frames as if they were content.
                    UseChunkEncoding = false,
                }, stop));
            }
            await _s3.CompleteMultipartUploadAsync(finish, stop);
        }
        catch
        {
            // Parts that nobody finishes cost their owner until they are given up; the first trouble is the one to tell.
            try
            {
                await _s3.AbortMultipartUploadAsync(options.Bucket, KeyOf(sha256), upload.UploadId, CancellationToken.None);
            }
            catch (AmazonServiceException)
            {
            }
            throw;
        }
    }

    public async Task<Stream> Open(string sha256, CancellationToken stop = default)
    {
        try
        {
            var answer = await _s3.GetObjectAsync(options.Bucket, KeyOf(sha256), stop);
            return answer.ResponseStream;
        }
        catch (AmazonS3Exception error) when (error.StatusCode == HttpStatusCode.NotFound)
        {
            throw new FileNotFoundException($"The store has no file {sha256}.", sha256, error);
        }
    }

    public async Task<bool> Exists(string sha256, CancellationToken stop = default) => await LengthOf(sha256, stop) is not null;

    public async Task Delete(string sha256, CancellationToken stop = default)
    {
        ReadOnlyFileStoreException.ThrowIf(options.ReadOnly);
        await _s3.DeleteObjectAsync(options.Bucket, KeyOf(sha256), stop);
    }

    public async Task<string?> WhyNotWritable(CancellationToken stop = default)
    {
        if (options.ReadOnly) return "It is set to be read only.";
        try
        {
            // Whether the bucket answers and the credentials hold; writing on every question would fill it.
            await LengthOf(new string('0', 64), stop);
            return null;
        }
        catch (Exception error) when (error is AmazonServiceException or AmazonClientException or HttpRequestException)
        {
            return "Its S3 service does not answer, or refuses the portal.";
        }
    }

    public void Dispose() => _s3.Dispose();

    async Task<long?> LengthOf(string sha256, CancellationToken stop)
    {
        try
        {
            return (await _s3.GetObjectMetadataAsync(options.Bucket, KeyOf(sha256), stop)).ContentLength;
        }
        catch (AmazonS3Exception error) when (error.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    string KeyOf(string sha256)
    {
        StoredContent.CheckName(sha256);
        return $"{options.Prefix}{sha256[..2]}/{sha256[2..4]}/{sha256}";
    }

    static AmazonS3Client Client(FileStoreOptions options)
    {
        var config = new AmazonS3Config
        {
            // Checksums that only Amazon's own service understands are left out; the name of the object is its checksum.
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint is not null)
        {
            config.ServiceURL = options.Endpoint;
            config.ForcePathStyle = true;
            if (options.Region is not null) config.AuthenticationRegion = options.Region;
        }
        else config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
        return options.AccessKey is null
            ? new AmazonS3Client(config)
            : new AmazonS3Client(new BasicAWSCredentials(options.AccessKey, options.SecretKey), config);
    }
}
