using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;

namespace PqdPortal.Data;

/// <summary>The addresses a program is to listen on, looked at before anything slow is begun.</summary>
public static class ListenAddresses
{
    /// <summary>The option that names them, with semicolons in between.</summary>
    public const string Key = "urls";

    static readonly string[] PortKeys = ["http_ports", "https_ports"];

    /// <summary>Whether somebody said where to listen.</summary>
    public static bool AreTold(IConfiguration configuration) =>
        PortKeys.Append(Key).Any(key => !string.IsNullOrWhiteSpace(configuration[key])) || configuration.GetSection("Kestrel:Endpoints").Exists();

    /// <summary>Refuses what is no address; the server would listen somewhere else, such as on every network, or tell it in its own way.</summary>
    /// <exception cref="PortalStartException">One is wrong; the message names the option.</exception>
    public static void Check(IConfiguration configuration)
    {
        foreach (var key in PortKeys)
            foreach (var port in Listed(configuration[key]))
                if (!(int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= IPEndPoint.MaxPort))
                    throw new PortalStartException($"The option {key} has \"{port}\"; expected is a port between 0 and {IPEndPoint.MaxPort}.");
        foreach (var address in Listed(configuration[Key])) _ = Read(address);
    }

    /// <summary>Refuses addresses that another program listens on, or that are not this machine's.</summary>
    /// <exception cref="PortalStartException">One cannot be had.</exception>
    public static void RefuseTaken(IConfiguration configuration)
    {
        if (configuration.GetSection("Kestrel:Endpoints").Exists()) return;
        foreach (var address in Listed(configuration[Key]))
            foreach (var point in Read(address))
                try
                {
                    using var probe = new Socket(point.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                    probe.Bind(point);
                }
                catch (SocketException error) when (error.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied
                    || (error.SocketErrorCode == SocketError.AddressNotAvailable && !IPAddress.IsLoopback(point.Address)))
                {
                    throw new PortalStartException(PortalStart.AddressWords($"The address {address} cannot be listened on: {error.Message}", error.SocketErrorCode), error);
                }
                catch (SocketException)
                {
                    // A machine without IPv6, say; the server copes with it, or tells.
                }
    }

    static string[] Listed(string? told) => (told ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Where an address is listened on; nothing for a Unix socket.</summary>
    static IPEndPoint[] Read(string address)
    {
        PortalStartException Wrong(string expected) => new($"The option {Key} has \"{address}\"; expected is {expected}, such as http://localhost:5090.");

        if (address.StartsWith("http://unix:/", StringComparison.OrdinalIgnoreCase)) return [];
        // * and + stand for every address of this machine.
        if (!Uri.TryCreate(address.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out var uri)
            || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0)
            throw Wrong("an address with http or https, a host and a port");
        if (uri.PathAndQuery != "/" || uri.Fragment != "" || uri.UserInfo != "")
            throw Wrong("an address without a path (a proxy's folder is named by Portal:Web:PathBase)");
        if (uri.Host == "localhost")
            return uri.Port == 0 ? throw Wrong("a port with localhost; write 127.0.0.1 to have a free one chosen") : [new(IPAddress.Loopback, uri.Port), new(IPAddress.IPv6Loopback, uri.Port)];
        return [new(IPAddress.TryParse(uri.Host.Trim('[', ']'), out var ip) ? ip : IPAddress.Any, uri.Port)];
    }
}
