#!/usr/bin/perl
# Checks an audit pack: run it in the folder into which the pack was unpacked, and nothing else.
# Needs Perl as Debian (package perl) and macOS have it; with pdfsig (poppler) also looks at the
# certificates' own signatures. What openssl has to say first is in README.txt.
use strict;
use warnings;
use Digest::SHA qw(sha256 sha256_hex hmac_sha256_hex);
use File::Find;

my $faults = 0;

sub fault {
    print "NOT SO: $_[0]\n";
    return $faults++;
}

sub lines_of {
    my ($name) = @_;
    open my $file, '<:raw', $name or do { fault("$name can be read"); return };
    chomp(my @lines = <$file>);
    return @lines;
}

# ---- the files: a line of the manifest that names one begins with its digest and its name ----

my (%digest, %record);
for (lines_of('manifest.json')) {
    $digest{$2} = $1 if /^\{"sha256":"([0-9a-f]{64})","file":"([^"]+)"/;
    $record{$1} = $2 if /"number":"([0-9A-Z-]+)".*"record_sha256":"([0-9a-f]{64})"/;
}
for my $file (sort keys %digest) {
    my $own = -f $file ? Digest::SHA->new(256)->addfile($file, 'b')->hexdigest : '';
    fault("$file is there") unless $own;
    fault("$file is as listed: it was changed") if $own and $own ne $digest{$file};
}
my %listed = (%digest, 'manifest.json' => '', 'manifest.sig' => '', '.DS_Store' => '');
sub look { s{^\./}{}; fault("$_ is in the manifest") if -f and not exists $listed{$_}; return }
find({ no_chdir => 1, wanted => \&look }, '.');
printf "%d files: each was compared with the manifest\n", scalar keys %digest;

# ---- the entries: leaves of the hash tree (RFC 6962) whose root the signed checkpoint names ----

my (@seqs, @hashes, %commitment, %issued);
for (lines_of('audit-chain.jsonl')) {
    my ($seq) = /"seq":([0-9]+),"subject":/;
    push @seqs, $seq || 0;
    push @hashes, sha256($_);
    $commitment{$seq} = $1 if /"commitment":"([0-9a-f]{64})"/;
    $issued{"$2 $1"} = 1
      if /"certificates:issued".*\\"record_sha256\\":\\"([0-9a-f]{64})\\".*"subject":"certificate:([0-9A-Z-]+)"/;
}
my ($statement) = lines_of('checkpoint.txt');
my ($size)      = $statement =~ /"seq":([0-9]+)/;
my ($root)      = $statement =~ /"root":"([0-9a-f]{64})"/;
my @proof       = lines_of('audit-proof.txt');
my $next        = 0;

sub tree {    # the hash over the entries after the first so many, up to the last one named
    my ($first, $last) = @_;
    return pack 'H*', (shift @proof) // '' if $next == @seqs or $seqs[$next] > $last;
    return sha256("\0" . $hashes[$next++]) if $last - $first == 1;
    my $left = 1;
    $left *= 2 while $left * 2 < $last - $first;
    my $one = tree($first, $first + $left);
    return sha256("\1" . $one . tree($first + $left, $last));
}
fault('the entries are those that the signed checkpoint saw')
  unless unpack('H*', tree(0, $size)) eq $root and $next == @seqs and not @proof;
printf "%d entries: compared with the %d that the signed checkpoint saw\n", scalar @seqs, $size;

# ---- what ties them together ----

for my $number (sort keys %record) {
    fault("$number was issued so, by the entries") unless $issued{"$number $record{$number}"};
}
printf "%d certificates: looked for the entry of each issue\n", scalar keys %record;

my @personal = lines_of('audit-personal.tsv');
for (@personal) {
    my ($seq, $salt, $data) = split /\t/, $_, 3;
    fault("the personal data of entry $seq are what it was bound to")
      unless hmac_sha256_hex($data, $salt) eq ($commitment{$seq} // '');
}
printf "%d names and reasons: compared with what their entries were bound to\n", scalar @personal;

# ---- the certificates' own signatures ----

my @pdfs = grep { /\.pdf$/ and m{^certificates/} } sort keys %digest;
if (grep { -x "$_/pdfsig" } split /:/, $ENV{PATH}) {
    for my $pdf (@pdfs) {
        fault("$pdf has a valid signature") unless `pdfsig "$pdf" 2>&1` =~ /Signature is Valid/;
    }
    printf "%d certificates: looked at the signature in each file\n", scalar @pdfs;
}
else {
    print "pdfsig is not installed: the signatures in the files were not looked at\n";
}
print $faults ? "$faults FAULTS\n" : "EVERYTHING HOLDS\n";
exit($faults ? 1 : 0);
