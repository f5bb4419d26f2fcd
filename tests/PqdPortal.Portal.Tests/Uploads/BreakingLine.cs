using System.Net;
using System.Net.Sockets;

namespace PqdPortal.Portal.Tests.Uploads;

/// <summary>
/// A line between a program and the portal that breaks after a random number of bytes, in a request or in an answer, mostly with a
/// farewell, sometimes with a reset.
/// </summary>
public sealed class BreakingLine : IDisposable
{
    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly CancellationTokenSource _stop = new();
    readonly int _portal;
    readonly int _shortest;
    readonly int _longest;
    readonly Random _random;
    int _breaks, _lostAnswers;

    /// <param name="portal">Port of the portal.</param>
    /// <param name="shortest">Bytes that a connection carries at the least before it breaks.</param>
    /// <param name="longest">Bytes that it carries at the most.</param>
    public BreakingLine(int portal, int shortest, int longest, int seed)
    {
        (_portal, _shortest, _longest, _random) = (portal, shortest, longest, new Random(seed));
        _listener.Start();
        _ = Accept();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How often it broke.</summary>
    public int Breaks => _breaks;

    /// <summary>How often it broke in an answer.</summary>
    public int LostAnswers => _lostAnswers;

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
    }

    async Task Accept()
    {
        while (!_stop.IsCancellationRequested)
            try
            {
                var caller = await _listener.AcceptTcpClientAsync(_stop.Token);
                // In the order of the calls, so that a seed means the same breaks. A reset also takes away what had arrived but was not
                // read yet, so with resets alone hardly anything would ever get through.
                var (carries, politely) = (_random.Next(_shortest, _longest), _random.Next(5) > 0);
                // Two answers of the protocol or three.
                var answers = _random.Next(3) == 0 ? _random.Next(1500) : int.MaxValue;
                _ = Carry(caller, carries, answers, politely);
            }
            catch (Exception ended) when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
    }

    async Task Carry(TcpClient caller, int carries, int answers, bool politely)
    {
        using var portal = new TcpClient();
        using (caller)
            try
            {
                await portal.ConnectAsync(IPAddress.Loopback, _portal, _stop.Token);
                var there = Copy(caller.GetStream(), portal.GetStream(), carries);
                var back = Copy(portal.GetStream(), caller.GetStream(), answers);
                var first = await Task.WhenAny(there, back);
                if (!await first) return; // One side has ended by itself.
                // What arrives with the break itself never reaches the program behind the server; a real line is slower than that.
                if (first == there) await Task.Delay(20, _stop.Token);
                else Interlocked.Increment(ref _lostAnswers);
                Interlocked.Increment(ref _breaks);
                if (!politely) caller.LingerState = portal.LingerState = new LingerOption(true, 0);
                foreach (var copy in (Task[])[there, back]) _ = copy.ContinueWith(done => done.Exception, TaskScheduler.Default);
            }
            catch (Exception broken) when (broken is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The other side broke first.
            }
    }

    /// <summary>True when the line has carried all it carries, false when the sender ended before.</summary>
    async Task<bool> Copy(NetworkStream from, NetworkStream to, int carries)
    {
        var buffer = new byte[1 << 15];
        while (carries > 0)
        {
            var read = await from.ReadAsync(buffer.AsMemory(0, Math.Min(buffer.Length, carries)), _stop.Token);
            if (read == 0) return false;
            await to.WriteAsync(buffer.AsMemory(0, read), _stop.Token);
            carries -= read;
        }
        return true;
    }
}
