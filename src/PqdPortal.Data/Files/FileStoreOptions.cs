using Microsoft.Extensions.Configuration;

namespace PqdPortal.Data.Files;

/// <summary>Where files are kept: <c>Portal:Files</c>.</summary>
public sealed record FileStoreOptions
{
    public const string Section = "Portal:Files";

    /// <summary>folder (of this machine) or s3.</summary>
    public string Store { get; init; } = "folder";

    /// <summary>Folder of the files; without it, files in the data folder.</summary>
    public string? Folder { get; init; }

    /// <summary>True lets nothing be added or removed, as while a backup or a move is made.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Bucket, and what every key in it begins with.</summary>
    public string? Bucket { get; init; }
    public string Prefix { get; init; } = "";

    /// <summary>Address of the S3 service; without it, Amazon's own of the region.</summary>
    public string? Endpoint { get; init; }
    public string? Region { get; init; }

    /// <summary>Without them, the machine's own S3 credentials are used.</summary>
    public string? AccessKey { get; init; }
    public string? SecretKey { get; init; }

    /// <summary>Reads and checks the options.</summary>
    /// <exception cref="PortalStartException">One is unknown or wrong; the message names its key.</exception>
    public static FileStoreOptions From(IConfiguration configuration)
    {
        var options = OptionSection.Read<FileStoreOptions>(configuration, Section);
        if (options.Store is not ("folder" or "s3"))
            throw new PortalStartException($"{Section}:{nameof(Store)} is \"{options.Store}\"; expected is folder or s3.");
        if (options.Store == "folder") return options;

        if (string.IsNullOrWhiteSpace(options.Bucket))
            throw new PortalStartException($"{Section}:{nameof(Bucket)} is missing; a store of the kind s3 needs the name of its bucket.");
        if (options.Endpoint is { } endpoint && !(Uri.TryCreate(endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"))
            throw new PortalStartException($"{Section}:{nameof(Endpoint)} is \"{endpoint}\"; expected is an address such as https://s3.example.org.");
        if (options.Endpoint is null && string.IsNullOrWhiteSpace(options.Region))
            throw new PortalStartException($"{Section}:{nameof(Region)} is missing; a store of the kind s3 needs {nameof(Region)} or {nameof(Endpoint)}.");
        if (options.AccessKey is null != options.SecretKey is null)
            throw new PortalStartException($"{Section}:{(options.AccessKey is null ? nameof(AccessKey) : nameof(SecretKey))} is missing; AccessKey and SecretKey go together.");
        return options;
    }
}
