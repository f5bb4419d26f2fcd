using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using PqdPortal.Client;

namespace PqdPortal.Web.Access;

/// <summary>Marks a page or an endpoint that strangers may send something to; each address may do so a few times a minute.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class AtTheDoorAttribute : Attribute;

/// <summary>How often somebody may ask. Pages, figures and the pieces of an upload are never held up.</summary>
public static class Limits
{
    public static IServiceCollection AddLimits(this IServiceCollection services) => services.AddRateLimiter(limiter =>
    {
        limiter.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(Of);
        limiter.OnRejected = async (rejected, _) => await Refuse(
            rejected.HttpContext, rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1),
            "Too much was asked in a short time, so this was not done. Nothing was changed.");
    });

    /// <summary>Answers 429, saying in words and in Retry-After how long to wait.</summary>
    public static Task Refuse(HttpContext http, TimeSpan wait, string why)
    {
        var seconds = Math.Max(1, (int)Math.Ceiling(wait.TotalSeconds));
        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return Faults.Answer(http, StatusCodes.Status429TooManyRequests, "Too many requests", $"{why} Try again in {seconds} s.");
    }

    static RateLimitPartition<string> Of(HttpContext http)
    {
        var options = http.RequestServices.GetRequiredService<WebOptions>();
        var request = http.Request;
        if (HttpMethods.IsPost(request.Method) && http.GetEndpoint()?.Metadata.GetMetadata<AtTheDoorAttribute>() is not null)
            return Bucket($"door {Address(http.Connection.RemoteIpAddress)}", options.SignInsPerMinute);
        // Secrets in addresses are too long to be guessed; nobody need try at any speed.
        if (request.Path.StartsWithSegments(LinkDoor.Address) || request.Path.StartsWithSegments("/join")) return Bucket($"links {Address(http.Connection.RemoteIpAddress)}", options.RequestsPerMinute);
        if (!request.Path.StartsWithSegments("/api", out var below) || !below.HasValue) return RateLimitPartition.GetNoLimiter("");
        var who = PersonClaims.IdOf(http.User)?.ToString() ?? Address(http.Connection.RemoteIpAddress);
        if (!request.Path.StartsWithSegments(RestApi.Root + "/uploads")) return Bucket($"api {who}", options.RequestsPerMinute);
        return HttpMethods.IsPost(request.Method) ? Bucket($"uploads {who}", options.UploadsPerMinute) : RateLimitPartition.GetNoLimiter("");
    }

    /// <summary>As many at once as come in a minute; then one by one as they grow again.</summary>
    static RateLimitPartition<string> Bucket(string key, int perMinute) => RateLimitPartition.GetTokenBucketLimiter(key, _ => new()
    {
        TokenLimit = perMinute,
        TokensPerPeriod = Math.Max(1, perMinute / 60),
        ReplenishmentPeriod = TimeSpan.FromSeconds(perMinute >= 60 ? 1 : 60.0 / perMinute),
        QueueLimit = 0,
    });

    /// <summary>The caller's address; of IPv6 the network, for one household has as many addresses as it likes.</summary>
    internal static string Address(IPAddress? address)
    {
        if (address is null) return "this machine";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address.ToString();
        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return new IPAddress(bytes) + "/64";
    }
}
