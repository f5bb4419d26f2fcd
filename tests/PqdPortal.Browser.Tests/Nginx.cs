using System.Diagnostics;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;

namespace PqdPortal.Browser.Tests;

/// <summary>A real nginx in front of a portal, with the configuration that docs/operations.md gives and a certificate of its own.</summary>
public sealed partial class Nginx : IAsyncDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("pqd-nginx-").FullName;
    Process? _process;

    /// <summary>Why none can be started here; null where one can.</summary>
    public static string? Missing { get; } = Program() is null ? "No nginx was found: install Debian's package nginx." : null;

    public int Port { get; } = Portal.FreePort();

    /// <summary>The key of its certificate, as Chromium wants to hear of one that nobody has signed.</summary>
    public string KeyHash { get; private set; } = "";

    /// <param name="portal">Where the portal listens, without the folder under which it is served.</param>
    /// <param name="host">The name under which it is known outside.</param>
    public static async Task<Nginx> Start(Uri portal, string host = "localhost")
    {
        var nginx = new Nginx();
        await nginx.Begin(portal, host);
        return nginx;
    }

    async Task Begin(Uri portal, string host)
    {
        using (var key = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        {
            var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
            KeyHash = Convert.ToBase64String(SHA256.HashData(key.ExportSubjectPublicKeyInfo()));
            using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(2));
            await File.WriteAllTextAsync(Path.Combine(_folder, "portal.pem"), certificate.ExportCertificatePem());
            await File.WriteAllTextAsync(Path.Combine(_folder, "portal.key"), key.ExportPkcs8PrivateKeyPem());
        }
        var told = Block().Match(await File.ReadAllTextAsync(Path.Combine(Portal.Root, "docs", "operations.md"))).Groups[1].Value;
        foreach (var (docs, here) in ((string, string)[])
            [
                ("listen 443 ssl;", $"listen 127.0.0.1:{Port} ssl;"), ("lab.example.org", host), ("http://127.0.0.1:5080", portal.GetLeftPart(UriPartial.Authority)),
                ("/etc/ssl/portal.pem", Path.Combine(_folder, "portal.pem")), ("/etc/ssl/portal.key", Path.Combine(_folder, "portal.key")),
            ])
        {
            Assert.Contains(docs, told);
            told = told.Replace(docs, here);
        }
        await File.WriteAllTextAsync(Path.Combine(_folder, "nginx.conf"), $$"""
            daemon off;
            {{(Environment.UserName == "root" ? "user root;" : "")}}
            pid {{_folder}}/nginx.pid;
            error_log {{_folder}}/error.log;
            events { }
            http {
                access_log off;
                client_body_temp_path {{_folder}}/body;
                proxy_temp_path {{_folder}}/proxy;
                fastcgi_temp_path {{_folder}}/fastcgi;
                uwsgi_temp_path {{_folder}}/uwsgi;
                scgi_temp_path {{_folder}}/scgi;
            {{told}}
            }
            """);
        _process = Process.Start(new ProcessStartInfo(Program()!, ["-p", _folder, "-e", Path.Combine(_folder, "error.log"), "-c", Path.Combine(_folder, "nginx.conf")]))!;
        for (var patience = Stopwatch.StartNew(); patience.Elapsed < TimeSpan.FromSeconds(30); await Task.Delay(50))
        {
            if (_process.HasExited) break;
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync("127.0.0.1", Port);
                return;
            }
            catch (SocketException)
            {
                // not listening yet
            }
        }
        throw new InvalidOperationException($"nginx did not start: {await File.ReadAllTextAsync(Path.Combine(_folder, "error.log"))}");
    }

    /// <summary>What it complained of.</summary>
    public string Trouble => File.ReadAllText(Path.Combine(_folder, "error.log"));

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
        Directory.Delete(_folder, recursive: true);
    }

    static string? Program() => ((string[])["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"]).FirstOrDefault(File.Exists);

    [GeneratedRegex("```nginx\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}

/// <summary>A journey through a proxy, skipped where there is no browser or no proxy.</summary>
public sealed class ProxyJourneyAttribute : FactAttribute
{
    public ProxyJourneyAttribute() => Skip = Browser.Missing ?? Nginx.Missing;
}
